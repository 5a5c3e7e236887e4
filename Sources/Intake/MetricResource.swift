internal import Codec
internal import Telemetry

/// Who sends metrics: the labels that each of its series has, and those of `target_info`.
struct MetricResource {
  /// On every series: `job` and `instance` as Prometheus makes them.
  private(set) var labels: [MetricLabels.Label] = []
  /// The words that events have for the same, where a point does not have them itself: `service`,
  /// `env`, `tenant`.
  private(set) var words: [MetricLabels.Label] = []
  /// The other attributes, where there are any and series can be joined to them.
  private(set) var target: [MetricLabels.Label]?
  /// Its dimensions, by position.
  private(set) var source: [[UInt8]?]

  private var attributes: [MetricLabels.Label] = []

  init() {
    source = Array(repeating: nil, count: DimensionFamily.source.dimensions.count)
  }

  /// Takes an attribute. Of one key given twice the last counts.
  mutating func take(_ attribute: OTLPAttribute, _ bytes: ByteView) throws(ProtobufError) {
    guard attributes.count < Limits.attributes else { return }
    let name = bytes.copy(attribute.key.lowerBound, attribute.key.upperBound)
    guard name.count <= MetricLabels.nameLength else { return }
    attributes.append(MetricLabels.Label(name: name, value: try attribute.value.labelText(bytes)))
  }

  /// Makes the labels of what was taken.
  mutating func settle(_ cleaner: inout MetricLabels) {
    var named: [String: [UInt8]] = [:]
    for attribute in attributes where !attribute.value.isEmpty {
      named[String(decoding: attribute.name, as: UTF8.self)] = attribute.value
    }
    var identity: [MetricLabels.Label] = []
    func add(_ label: String, _ value: [UInt8]?) {
      guard let value else { return }
      identity.append(MetricLabels.Label(name: Array(label.utf8), value: value))
    }
    let service = first(of: .service, in: named)
    let space = named["service.namespace"].map { $0 + [0x2F] } ?? []
    add("job", named["service.name"].map { space + $0 } ?? service)
    let instance = first(of: .instance, in: named)
    add("instance", instance)
    add("service", service)
    add("env", first(of: .env, in: named))
    add("tenant", first(of: .tenant, in: named))
    add("release", first(of: .release, in: named))
    cleaner.begin(identity)
    cleaner.settle()
    labels = cleaner.settled.filter { Self.targetNames.contains($0.name) }
    words = cleaner.settled.filter {
      $0.name != Self.release && !Self.targetNames.contains($0.name)
    }
    for (name, dimension) in Self.dimensions {
      let value = cleaner.settled.first { $0.name == name }?.value
      source[dimension.position] = value
    }
    let described = attributes.filter { !Self.identifying.contains($0.name) }
    guard service != nil || instance != nil, !described.isEmpty else { return }
    cleaner.begin(described)
    cleaner.settle()
    target = cleaner.settled
  }

  /// The value of the best of a field's names.
  private func first(of field: Field, in named: [String: [UInt8]]) -> [UInt8]? {
    for name in FieldNames.names(of: field) {
      if let value = named[name] { return value }
    }
    return nil
  }

  private static let release = Array("release".utf8)
  private static let targetNames = ["job", "instance"].map { Array($0.utf8) }
  private static let dimensions: [([UInt8], Dimension)] = [
    (Array("service".utf8), .service), (Array("env".utf8), .env), (release, .release),
    (Array("instance".utf8), .instance),
  ]
  private static let identifying = [
    "service.name", "service.namespace", "service.instance.id",
  ].map { Array($0.utf8) }
}
