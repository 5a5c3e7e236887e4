internal import Codec
internal import PromQL

/// A file of tests, in either of its formats.
package enum TestFile {
  /// promtool's: rules over series.
  case rules(RuleTestFile)
  /// Our own: queries over series.
  case queries(QueryCaseFile)

  /// The rule files it wants, relative to itself, perhaps with wildcards.
  package var ruleFiles: [String] {
    if case .rules(let file) = self { file.ruleFiles } else { [] }
  }

  /// Runs every test; `files` are those that `ruleFiles` names.
  package func run(_ files: [RuleFile]) -> RuleTestReport {
    switch self {
    case .rules(let file): file.run(files)
    case .queries(let file): file.run()
    }
  }

  /// Every test as one that failed, where `cause` keeps them from being run.
  package func failed(because cause: String) -> RuleTestReport {
    var report = RuleTestReport()
    for name in names { report.note(name, cause) }
    return report
  }

  private var names: [String] {
    switch self {
    case .rules(let file):
      file.tests.flatMap { $0.alertTests.map(\.alert) + $0.queryTests.map(\.expression) }
    case .queries(let file): file.cases.map(\.expression)
    }
  }

  /// The tests of a file; nil when it has an error, and all that is wrong with it.
  package static func read(_ bytes: [UInt8]) -> (file: TestFile?, problems: [RuleProblem]) {
    var reader = TestFileReader(bytes)
    let file = reader.file(bytes)
    let problems = reader.problems.all
    return (problems.contains { $0.severity == .error } ? nil : file, problems)
  }
}

/// Reads test files in YAML or JSON. A file with the key `cases` is in our own format.
struct TestFileReader {
  private let places: ScalarPlaces
  var problems = RuleProblems()

  init(_ bytes: [UInt8]) {
    places = ScalarPlaces(bytes)
  }

  mutating func file(_ bytes: [UInt8]) -> TestFile? {
    let documents: [ConfigNode]
    do throws(ConfigSyntaxError) {
      documents = try ConfigReader.read(bytes)
    } catch {
      problems.add(error)
      return nil
    }
    guard let root = documents.first else {
      problems.add("no tests in this file", line: 1, column: 1)
      return nil
    }
    if documents.count > 1 {
      problems.add("a second document; a test file has one", at: documents[1])
    }
    return root["cases"] == nil
      ? ruleTests(root).map { .rules($0) } : queryCases(root).map { .queries($0) }
  }

  mutating func add(_ message: String, at node: ConfigNode) {
    problems.add(message, at: node)
  }

  /// A text that must be there.
  mutating func required(_ key: String, of fields: NodeFields) -> String? {
    if fields[key] == nil { add("no '\(key)' here", at: fields.node) }
    return fields.text(key, &problems)
  }

  /// A duration in milliseconds that must be there.
  mutating func requiredDuration(_ key: String, of fields: NodeFields) -> Int64? {
    if fields[key] == nil { add("no '\(key)' here", at: fields.node) }
    return fields.duration(key, &problems)
  }

  /// One series with its samples.
  mutating func input(
    _ node: ConfigNode, start: Int64, interval: Int64?, keys: [String]
  ) -> TestTimeline.Input? {
    guard let fields = NodeFields(node, "a series", keys: keys, &problems),
      let series = fields["series"], let values = fields["values"]
    else {
      add("a series needs 'series' and 'values'", at: node)
      return nil
    }
    guard let interval = fields.duration("interval", &problems) ?? interval, interval > 0 else {
      add("a series needs an 'interval'", at: node)
      return nil
    }
    guard let labels = labels(series), let items = items(values) else { return nil }
    return TestTimeline.Input(labels: labels, items: items, start: start, interval: interval)
  }

  /// Labels written as a series.
  mutating func labels(_ node: ConfigNode) -> Labels? {
    guard let text = node.text else {
      add("a series is written as text, such as up{job=\"a\"}", at: node)
      return nil
    }
    do throws(QueryError) {
      return try Parser.parseLabels(text)
    } catch {
      add(error, in: node)
      return nil
    }
  }

  /// A sample with its labels: `{labels, value}` or `{labels, histogram}`.
  mutating func sample(_ node: ConfigNode) -> RuleSample? {
    guard
      let fields = NodeFields(
        node, "a sample", keys: ["labels", "value", "histogram"], &problems)
    else { return nil }
    var labels: Labels? = Labels.none
    if let node = fields["labels"] { labels = self.labels(node) }
    let written = fields["histogram"] ?? fields["value"]
    guard let written else {
      // As in promtool, no value is zero.
      return labels.map { RuleSample(labels: $0, value: .float(0)) }
    }
    let isHistogram = fields["histogram"] != nil
    guard let value = isHistogram ? histogram(written) : number(written).map({ .float($0) }) else {
      return nil
    }
    return labels.map { RuleSample(labels: $0, value: value) }
  }

  /// A number; `NaN` and infinities in words too.
  mutating func number(_ node: ConfigNode) -> Double? {
    switch node.scalar {
    case .int(let number)?: return Double(number)
    case .double(let number)?: return number
    default:
      if let text = node.text, let number = Double(text) { return number }
      add("expected a number", at: node)
      return nil
    }
  }

  private mutating func histogram(_ node: ConfigNode) -> QueryResult.Sample? {
    do throws(QueryError) {
      return .histogram(try SeriesNotation.histogram(node.text ?? ""))
    } catch {
      add(error, in: node)
      return nil
    }
  }

  private mutating func items(_ node: ConfigNode) -> [SeriesNotation.Item]? {
    guard let text = node.text else {
      add("values are written as text, such as 1+2x3", at: node)
      return nil
    }
    do throws(QueryError) {
      return try SeriesNotation.items(text)
    } catch {
      add(error, in: node)
      return nil
    }
  }

  private mutating func add(_ error: QueryError, in node: ConfigNode) {
    let place = places.place(of: error.line ?? 1, error.column ?? 1, in: node)
    problems.add(error.message, line: place.line, column: place.column)
  }
}
