import Codec
import Redaction
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// Labels of metrics: whose a series is, and what must not stand on it.
struct OTLPMetricLabelTests {
  private static func text(_ value: String) -> String { #"{"stringValue":"\#(value)"}"# }

  /// The labels of a gauge's one point with these attributes.
  private func labels(
    _ attributes: [(String, String)], resource: [(String, String)] = [],
    _ change: (inout IntakeSettings) -> Void = { _ in }
  ) throws -> String {
    var bench = OTLPBench(change)
    let point = #"{"asInt":1,"attributes":[\#(OTLPBench.attributes(attributes))]}"#
    let body = OTLPBench.metrics(
      #"{"name":"g","gauge":{"dataPoints":[\#(point)]}}"#,
      resource: OTLPBench.attributes(resource))
    let batch = try bench.batch(body, .metrics, .json)
    let series = try #require(batch.samples.series.first)
    let start = series.start + series.nameLength
    return String(
      decoding: batch.samples.texts[start..<(start + series.labelsLength)], as: UTF8.self)
  }

  @Test func `values of every shape are texts`() throws {
    let found = try labels([
      ("a", Self.text("x")), ("b", #"{"intValue":"-5"}"#), ("c", #"{"doubleValue":0.25}"#),
      ("d", #"{"boolValue":true}"#), ("e", #"{"arrayValue":{"values":[{"stringValue":"q"}]}}"#),
      ("f", #"{"bytesValue":"aGk="}"#), ("g", "{}"), ("h", Self.text("")),
      ("i", #"{"bytesValue":"bWVAZXhhbXBsZS5jb20="}"#),
    ])
    let values = #"{"a":"x","b":"-5","c":"0.25","d":"true","e":"[\"q\"]","f":"aGk=","i":"hmac:"#
    #expect(found.hasPrefix(values), "\(found)")
  }

  @Test func `names that become one join their values, keys given twice do not`() throws {
    let found = try labels([
      ("x.y", Self.text("2")), ("x-y", Self.text("1")), ("k", Self.text("old")),
      ("k", Self.text("new")),
    ])
    #expect(found == #"{"k":"new","x_y":"1;2"}"#)
  }

  /// Attributes of a resource, and the labels of its series.
  static let resources: [(attributes: [(String, String)], wanted: String)] = [
    ([("service.name", text("till"))], #"{"job":"till","service":"till"}"#),
    (
      [
        ("service.namespace", text("shop")), ("service.name", text("till")),
        ("service.instance.id", text("i")), ("deployment.environment.name", text("prod")),
        ("host.name", text("h")),
      ], #"{"env":"prod","instance":"i","job":"shop/till","service":"till"}"#
    ),
    ([("host.name", text("h"))], "{}"),
  ]

  @Test(arguments: resources)
  func `a series has its sender's job and instance`(
    attributes: [(String, String)], wanted: String
  ) throws {
    #expect(try labels([], resource: attributes) == wanted)
  }

  @Test func `a point's own words come before the resource's, its job does not`() throws {
    let found = try labels(
      [("service", Self.text("own")), ("job", Self.text("own"))],
      resource: [("service.name", Self.text("till"))])
    #expect(found == #"{"job":"till","service":"own"}"#)
  }

  @Test func `the resource's other attributes stand on target_info`() throws {
    var bench = OTLPBench()
    let more = OTLPBench.attributes([
      ("host.name", Self.text("h")), ("process.pid", #"{"intValue":"7"}"#),
    ])
    let body = OTLPBench.metrics(
      #"{"name":"g","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"1795228000000000000"}]}}"#,
      resource: "\(OTLPBench.service),\(more)")
    #expect(
      try bench.samples(body, all: true) == [
        "gauge g{…} 1.0 @0",
        #"gauge target_info{"host_name":"h",…,"process_pid":"7"} 1.0 @0"#,
      ])
  }

  @Test func `secrets and marked fields become codes that keep series apart`() throws {
    let keys = ["user.email", "api_key", "customer", "plain"]
    func of(_ letter: String) throws -> [Substring] {
      let values = ["\(letter)@example.org", "abcdefgh\(letter)12345678", letter, letter]
      let found = try labels(zip(keys, values).map { ($0, Self.text($1)) }) {
        $0.redaction = RedactionPolicy(fields: ["customer"])
      }
      return found.split(separator: ",")
    }
    let (a, b) = (try of("a"), try of("b"))
    #expect(try of("a") == a)
    for (left, right) in zip(a, b) {
      #expect(left != right)
      #expect(left.contains("plain") || left.contains(#":"hmac:"#), "\(left)")
    }
  }

  @Test func `a long value is cut and told apart by its hash`() throws {
    let long = String(repeating: "ä", count: 400)
    let (a, b) = (
      try labels([("k", Self.text(long + "a"))]), try labels([("k", Self.text(long + "b"))])
    )
    #expect(a != b)
    #expect(a.utf8.count < 530)
    #expect(a.contains("ä…"))
  }

  @Test func `a point of too many attributes, or of too long a name, is refused`() throws {
    var bench = OTLPBench { $0.attributes = 2 }
    for attributes in [
      [("a", Self.text("1")), ("b", Self.text("1")), ("c", Self.text("1"))],
      [(String(repeating: "k", count: 257), Self.text("1"))],
    ] {
      let body = OTLPBench.metrics(
        #"""
        {"name":"g","gauge":{"dataPoints":[{"asInt":1,"attributes":[\#
        \#(OTLPBench.attributes(attributes))]}]}}
        """#
      )
      #expect(
        try bench.samples(body) == [
          "refused 1 too_large: at most 2 attributes of 256 bytes' names"
        ])
    }
  }

  @Test func `protobuf and JSON of one SDK's metrics give the same series and values`() throws {
    var bench = OTLPBench()
    let binary = try bench.samples(
      Fixtures.bytes("otlp/plain-sdk-nogzip.metrics.bin"), .protobuf, all: true)
    let text = try bench.samples(
      Fixtures.bytes("otlp/plain-sdk-json.metrics.json"), .json, all: true)
    func plain(_ lines: [String]) -> [String] {
      lines.map { line in
        let end = line.firstRange(of: " @")?.lowerBound ?? line.endIndex
        guard let mark = line.firstRange(of: #""instance":""#) else { return String(line[..<end]) }
        let rest = line[mark.upperBound...].drop { $0 != "\"" }
        return String(line[..<mark.lowerBound] + rest[..<end])
      }
    }
    #expect(plain(binary) == plain(text))
    #expect(binary.count == 15)
  }

  @Test func `what is odd in protobuf is read as the specification has it`() throws {
    var bench = OTLPBench()
    let lines = try bench.samples(Fixtures.bytes("otlp-edge/metrics-odd.bin"), .protobuf)
    #expect(
      lines.map { $0.split(separator: "@")[0] } == [
        "histogram h_seconds_count{} 3.0 ", #"histogram h_seconds_bucket{"le":"0.5"} 1.0 "#,
        #"histogram h_seconds_bucket{"le":"+Inf"} 3.0 "#, "gauge gap{} 0.0 ",
        #"summary q{"quantile":"0.5"} 0.4 "#, #"summary q{"quantile":"0.99"} 2.5 "#,
        "summary q_count{} 10.0 ", "summary q_sum{} 5.5 ",
      ])
  }

  @Test(arguments: ["plain-sdk-nogzip.metrics.bin", "plain-sdk-json.metrics.json"])
  func `a request cut anywhere is refused whole or read within its bounds`(file: String) throws {
    let bytes = Fixtures.bytes("otlp/\(file)")
    let encoding: OTLPEncoding = file.hasSuffix("json") ? .json : .protobuf
    var bench = OTLPBench()
    for end in stride(from: 0, to: bytes.count, by: 3) {
      do throws(OTLPError) {
        let batch = try bench.batch(Array(bytes[..<end]), .metrics, encoding)
        #expect(encoding == .protobuf && end == 0, "\(end)")
        #expect(batch.samples.isEmpty)
      } catch {
        continue
      }
    }
  }
}
