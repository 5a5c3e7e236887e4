import Codec
import PromQL
import TestSupport

/// A file of Prometheus' own answers, in either of its two formats.
struct ConformanceFile {
  struct Case {
    let expression: String
    let at: Int64
    let range: (start: Int64, end: Int64, step: Int64)?
    let environment: String
    let expected: Expected
  }

  enum Expected {
    case vector([(labels: Labels, sample: QueryResult.Sample)], isOrdered: Bool)
    case matrix([(labels: Labels, points: [(Int64, QueryResult.Sample)])])
    case scalar(Double)
    case string(String)
    case failure
  }

  enum Trouble: Error { case malformed(String) }

  private(set) var environments: [String: MemorySeries] = [:]
  private(set) var cases: [Case] = []

  init(_ name: String) throws {
    guard let root = try ConfigReader.read(Fixtures.bytes("promql/\(name)")).first else {
      throw Trouble.malformed(name)
    }
    if root["cases"] != nil { try readCases(root) } else { try readPromtool(root) }
  }

  private mutating func readCases(_ root: ConfigNode) throws {
    let table = root["series"]?.items ?? []
    for (name, node) in root["loads"]?.pairs ?? [] {
      let series = node.items.compactMap { $0.text.flatMap { Int($0) } }.map { table[$0] }
      environments[name] = try Self.environment(series, defaultInterval: nil)
    }
    for node in root["cases"]?.items ?? [] {
      var range: (Int64, Int64, Int64)?
      if let words = node["range"] {
        range = (
          try words.duration("start"), try words.duration("end"), try words.duration("step")
        )
      }
      guard let expect = node["expect"] else { throw Trouble.malformed("expect") }
      cases.append(
        Case(
          expression: try node.string("expr"), at: range == nil ? try node.duration("at") : 0,
          range: range, environment: node["load"]?.text ?? "",
          expected: try Self.expected(expect)))
    }
  }

  private mutating func readPromtool(_ root: ConfigNode) throws {
    for (index, test) in (root["tests"]?.items ?? []).enumerated() {
      let interval = try test.duration("interval")
      environments["\(index)"] = try Self.environment(
        test["input_series"]?.items ?? [], defaultInterval: interval)
      for node in test["promql_expr_test"]?.items ?? [] {
        let samples = try (node["exp_samples"]?.items ?? []).map(Self.sample)
        cases.append(
          Case(
            expression: try node.string("expr"), at: try node.duration("eval_time"), range: nil,
            environment: "\(index)", expected: .vector(samples, isOrdered: false)))
      }
    }
  }

  private static func environment(
    _ nodes: [ConfigNode], defaultInterval: Int64?
  ) throws -> MemorySeries {
    var series = MemorySeries()
    for node in nodes {
      let interval = node["interval"] == nil ? defaultInterval : try node.duration("interval")
      guard let interval else { throw Trouble.malformed("interval") }
      try series.add(
        try node.string("series"), try node.string("values"), every: interval)
    }
    return series
  }

  private static func sample(
    _ node: ConfigNode
  ) throws -> (labels: Labels, sample: QueryResult.Sample) {
    let labels = try Parser.parseLabels(try node.string("labels"))
    if let histogram = node["histogram"]?.text {
      return (labels, .histogram(try SeriesNotation.histogram(histogram)))
    }
    guard let value = node["value"] else { throw Trouble.malformed("value") }
    return (labels, try value.sample())
  }

  private static func expected(_ node: ConfigNode) throws -> Expected {
    if node["fail"] != nil { return .failure }
    if let scalar = node["scalar"] { return .scalar(try scalar.number()) }
    if let text = node["string"]?.text { return .string(text) }
    if let matrix = node["matrix"] {
      return .matrix(
        try matrix.items.map { series in
          let labels = try Parser.parseLabels(try series.string("labels"))
          let points = try (series["values"]?.items ?? []).map { pair in
            (Int64((try pair.items[0].number() * 1000).rounded()), try pair.items[1].sample())
          }
          return (labels, points)
        })
    }
    let samples = try (node["samples"]?.items ?? []).map(sample)
    return .vector(samples, isOrdered: node["ordered"] != nil)
  }
}

extension ConfigNode {
  var items: [ConfigNode] {
    if case .sequence(let items) = value { items } else { [] }
  }

  var pairs: [(String, ConfigNode)] {
    guard case .mapping(let pairs) = value else { return [] }
    return pairs.compactMap { pair in pair.key.text.map { ($0, pair.value) } }
  }

  fileprivate func string(_ key: String) throws -> String {
    guard let text = self[key]?.text else { throw ConformanceFile.Trouble.malformed(key) }
    return text
  }

  fileprivate func duration(_ key: String) throws -> Int64 {
    guard let time = DurationText.milliseconds(try string(key).utf8) else {
      throw ConformanceFile.Trouble.malformed(key)
    }
    return time
  }

  fileprivate func number() throws -> Double {
    guard let text, let value = Double(text) else {
      throw ConformanceFile.Trouble.malformed("number")
    }
    return value
  }

  fileprivate func sample() throws -> QueryResult.Sample {
    if let histogram = self["histogram"]?.text {
      return .histogram(try SeriesNotation.histogram(histogram))
    }
    return .float(try number())
  }
}
