internal import Codec
internal import Redaction
internal import Telemetry

/// The labels of one point or resource: names made Prometheus', values made texts, secrets in them
/// replaced by codes that keep series apart. The scratch memory of one thread.
struct MetricLabels: ~Copyable {
  // unsafe because redaction and hashing read the arrays they are given within the call.

  /// A label, UTF-8.
  struct Label: Sendable {
    var name: [UInt8]
    var value: [UInt8]
  }

  /// Bytes of a value; a longer one is cut and told apart by its hash.
  static let valueLength = 512
  /// Bytes of a name.
  static let nameLength = 256

  /// Labels of one point.
  let most: Int
  private let pseudonymKey: [UInt8]
  private var redactor: Redactor
  private var raw: [Label] = []
  private var json: [UInt8] = []
  private var output: [UInt8] = []
  /// The labels after `settle`, by rising name.
  private(set) var settled: [Label] = []
  /// There were more than fit, or a name was too long.
  private(set) var isOverfull = false

  init(_ settings: IntakeSettings) {
    most = settings.attributes
    pseudonymKey = settings.pseudonymKey
    redactor = Redactor(settings.strictest)
  }

  /// Begins other labels.
  mutating func begin() {
    raw.removeAll(keepingCapacity: true)
    settled.removeAll(keepingCapacity: true)
    isOverfull = false
  }

  /// Adds an attribute. Of one key given twice the last counts.
  mutating func add(_ attribute: OTLPAttribute, _ bytes: ByteView) throws(ProtobufError) {
    let name = bytes.copy(attribute.key.lowerBound, attribute.key.upperBound)
    guard raw.count < most, name.count <= Self.nameLength else { return isOverfull = true }
    raw.append(Label(name: name, value: try attribute.value.labelText(bytes)))
  }

  /// Takes the labels of a resource instead.
  mutating func begin(_ labels: [Label]) {
    begin()
    raw = labels
  }

  /// Cleans, names and sorts what was added.
  mutating func settle() {
    redact()
    // Attributes whose names become one join their values, in the order of their own names.
    raw.sort { $0.name.lexicographicallyPrecedes($1.name) }
    for index in raw.indices {
      if index + 1 < raw.count, raw[index + 1].name == raw[index].name { continue }
      let label = Label(
        name: MetricName.label(raw[index].name), value: Self.bounded(raw[index].value))
      guard let last = settled.firstIndex(where: { $0.name == label.name }) else {
        settled.append(label)
        continue
      }
      settled[last].value += [0x3B] + label.value
    }
  }

  /// Adds labels to an identity.
  func add(_ labels: [Label], to identity: inout MetricIdentity) {
    for label in labels {
      unsafe label.name.withUnsafeBytes { name in
        unsafe label.value.withUnsafeBytes { value in unsafe identity.add(name, value) }
      }
    }
  }

  /// One look at all labels; each alone only where that finds something.
  private mutating func redact() {
    guard hits(raw[...]) else { return }
    for index in raw.indices where hits(raw[index...index]) {
      let code = HMACSHA256.code(for: raw[index].value, key: pseudonymKey)
      raw[index].value = Array("hmac:".utf8) + Hex.encode(Array(code.prefix(16)))
      raw[index].name = cleaned(name: raw[index].name)
    }
  }

  /// A name, or where a detector hits it a code in its place.
  mutating func cleaned(name: [UInt8]) -> [UInt8] {
    output.removeAll(keepingCapacity: true)
    guard unsafe name.withUnsafeBytes({ unsafe redactor.redact(text: $0, into: &output) }) else {
      return name
    }
    let code = HMACSHA256.code(for: name, key: pseudonymKey)
    return Array("redacted_".utf8) + Hex.encode(Array(code.prefix(8)))
  }

  /// A text, or its redacted copy.
  mutating func cleaned(text: [UInt8]) -> [UInt8] {
    output.removeAll(keepingCapacity: true)
    let isHit = unsafe text.withUnsafeBytes { unsafe redactor.redact(text: $0, into: &output) }
    return isHit ? output : text
  }

  /// Counts what was replaced lately.
  mutating func report(to book: RedactionBook) { redactor.report(to: book) }

  private mutating func hits(_ labels: ArraySlice<Label>) -> Bool {
    guard !labels.isEmpty else { return false }
    json.removeAll(keepingCapacity: true)
    json.append(0x7B)
    for label in labels {
      unsafe label.name.withUnsafeBytes { unsafe JSONText.append($0, to: &json) }
      json.append(0x3A)
      unsafe label.value.withUnsafeBytes { unsafe JSONText.append($0, to: &json) }
      json.append(0x2C)
    }
    json[json.count - 1] = 0x7D
    output.removeAll(keepingCapacity: true)
    let text = json
    return unsafe text.withUnsafeBytes { unsafe redactor.redact(json: $0, into: &output) }
  }

  /// A long value would cost its bytes with each series; its beginning and its hash tell as much.
  private static func bounded(_ value: [UInt8]) -> [UInt8] {
    guard value.count > valueLength else { return value }
    var kept = valueLength - 24
    while value[kept] & 0xC0 == 0x80 { kept -= 1 }
    var hash = SHA256()
    hash.update(value)
    return value[..<kept] + Array("…".utf8) + Hex.encode(Array(hash.finalize().prefix(8)))
  }
}

extension OTLPValue {
  /// The value as a label has it: a text as it is, anything else as JSON writes it.
  func labelText(_ bytes: ByteView) throws(ProtobufError) -> [UInt8] {
    switch kind {
    case .none: return []
    case .text:
      let text = bytes.copy(range.lowerBound, range.upperBound)
      let isSound =
        UTF8Check.firstInvalid(bytes, from: range.lowerBound, to: range.upperBound) == nil
      return isSound ? text : Array(String(decoding: text, as: UTF8.self).utf8)
    case .bytes where isRedactable(bytes): return bytes.copy(range.lowerBound, range.upperBound)
    case .bytes: return base64(bytes)
    default:
      var text = ByteBuffer()
      try append(bytes, to: &text)
      return text.copy
    }
  }
}
