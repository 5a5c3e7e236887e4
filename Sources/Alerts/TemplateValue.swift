internal import PromQL

/// What a template computes with.
enum TemplateValue: Equatable, Sendable {
  /// No value: `nil`, or what a map does not have.
  case none
  case bool(Bool)
  case int(Int64)
  case float(Double)
  case string(String)
  case labels([String: String])
  case sample(TemplateSample)
  case vector([TemplateSample])
  case map([String: TemplateValue])
  case list([TemplateValue])
  /// Milliseconds since 1970.
  case time(Int64)
  /// Nanoseconds.
  case duration(Int64)
  case root(TemplateData)

  /// What the language calls such a value.
  var typeName: String {
    switch self {
    case .none: "nil"
    case .bool: "bool"
    case .int: "int"
    case .float: "float64"
    case .string: "string"
    case .labels: "map[string]string"
    case .sample: "*template.sample"
    case .vector: "template.queryResult"
    case .map: "map[string]interface {}"
    case .list: "[]interface {}"
    case .time: "time.Time"
    case .duration: "time.Duration"
    case .root: "struct"
    }
  }

  /// Whether `if` takes its first branch.
  var isTrue: Bool {
    switch self {
    case .none: false
    case .bool(let flag): flag
    case .int(let number): number != 0
    case .float(let number): number != 0
    case .string(let text): !text.isEmpty
    case .labels(let labels): !labels.isEmpty
    case .vector(let samples): !samples.isEmpty
    case .map(let entries): !entries.isEmpty
    case .list(let values): !values.isEmpty
    case .duration(let nanoseconds): nanoseconds != 0
    case .sample, .time, .root: true
    }
  }
}

/// One sample of a query's answer.
struct TemplateSample: Equatable, Sendable {
  let labels: [String: String]
  let value: Double

  init(_ sample: RuleSample) {
    labels = sample.labels.dictionary
    value =
      switch sample.value {
      case .float(let value): value
      case .histogram: 0
      }
  }
}

/// What the dot of a rule's template is at its beginning.
package struct TemplateData: Equatable, Sendable {
  /// Labels of the sample that fires.
  package var labels: [String: String] = [:]
  /// What the collector adds to everything it sends out.
  package var externalLabels: [String: String] = [:]
  /// Where this collector is reached.
  package var externalURL = ""
  /// The sample's value; a native histogram in its notation.
  package var value = Value.float(0)
  /// What a detector takes for usual; nil of other rules.
  package var usual: Double?

  /// A float, or the text of a native histogram.
  package enum Value: Equatable, Sendable {
    case float(Double)
    case histogram(String)
  }

  /// Nothing known yet.
  package init() {}
}

extension Labels {
  var dictionary: [String: String] {
    Dictionary(entries.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }
}
