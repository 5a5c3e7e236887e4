import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// A running collector whose alerts go to receivers of a test, and the words to make them fire.
struct AlertBench {
  let collector: RunningCollector
  /// The file of its rules.
  let rulesPath: String

  /// An alert for each model whose calls are an odd number: one call and it fires, one more and it
  /// is over.
  static let oddCalls = """
    groups:
      - name: calls
        interval: 200ms
        rules:
          - alert: OddCalls
            expr: sum by (model) (llm_requests_total) % 2 == 1
            labels: {severity: page}
            annotations: {summary: "{{ $labels.model }} is odd"}
    """

  /// The configuration of webhooks by name, and of what routes there are.
  static func configuration(
    _ receivers: [(name: String, receiver: FakeReceiver)], route: String, more: String = ""
  ) -> String {
    let lines = receivers.map { name, receiver in
      #"  - {name: \#(name), type: webhook, url: "\#(receiver.url)", timeout: 1s}"#
    }
    return """
      starter_rules: false
      external_url: https://baro.example.test/
      receivers:
      \(lines.joined(separator: "\n"))
      \(more)
      route: {\(route), group_wait: 0s, group_interval: 1s, repeat_interval: 1h}

      """
  }

  /// Runs `body` with a collector that evaluates `rules` and is configured so.
  static func use(
    _ rules: String, _ configuration: String, _ body: (AlertBench) throws -> Void
  ) throws {
    let path = "/tmp/barograph-rules-\(ProcessFacts.id)-\(Random.word()).yaml"
    try FileSystem.writeAtomically(Array(rules.utf8), to: path)
    defer {
      do {
        try FileSystem.remove(path)
      } catch {
        Issue.record("cannot remove \(path): \(error)")
      }
    }
    try RunningCollector.use(["--rules", path], configuration: configuration) {
      try body(AlertBench(collector: $0, rulesPath: path))
    }
  }

  /// Takes on another configuration, as an operator does it.
  func reload(_ configuration: String) throws {
    try FileSystem.writeAtomically(
      Array(configuration.utf8), to: "\(collector.directory)/barograph.yaml")
    collector.send(signal: ChildProcess.hangUp)
  }

  /// One call of each model.
  func call(_ models: String...) throws {
    let lines = models.map { #"{"type":"llm","model":"\#($0)","input_tokens":1}"# }
    try collector.post(lines.joined(separator: "\n"), accepted: lines.count)
  }

  /// Runs one of the program's commands to its end.
  func run(
    _ words: [String], command: String = "alerts"
  ) throws -> (end: ChildProcess.End, said: String) {
    let file = "\(collector.directory)/said"
    let process = try ChildProcess(
      "/bin/sh",
      ["-c", #"exec "$0" "$@" > "\#(file)" 2>&1"#, RunningCollector.program, command] + words)
    let end = process.wait()
    return (end, String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self))
  }

  /// The same, changing something by the socket in the data directory.
  func order(_ words: String...) throws -> (end: ChildProcess.End, said: String) {
    try run(words + ["--data", collector.data])
  }

  /// Asks until the answer has all of `parts`; gives the answer.
  @discardableResult
  func expect(
    _ path: String, has parts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    var answer = ""
    let isThere = try Eventually.holds {
      answer = try collector.text(path)
      return parts.allSatisfy { answer.contains($0) }
    }
    if !isThere { Issue.record("\(path): \(answer)", sourceLocation: sourceLocation) }
    return answer
  }

  /// Waits until so many messages were taken, and says if it is another number.
  @discardableResult
  func expect(
    _ count: Int, by receiver: FakeReceiver, within seconds: Int64 = 20,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [FakeReceiver.Message] {
    _ = try Eventually.holds(within: seconds) { receiver.taken.count >= count }
    let taken = receiver.taken
    let outbox = taken.count == count ? "" : try collector.text("/v1/notifications")
    #expect(
      taken.count == count, "\(taken.map(\.body)) \(outbox)", sourceLocation: sourceLocation)
    return taken
  }
}

extension FakeReceiver.Message {
  /// What the first group of a pattern matches in the body.
  func part(_ pattern: some RegexComponent<(Substring, Substring)>) -> String {
    body.firstMatch(of: pattern).map { String($0.output.1) } ?? ""
  }

  var status: String { part(/"status":"([a-z]+)"/) }
  /// The states and models of its alerts, in its order.
  var alerts: [String] {
    body.matches(of: /"status":"([a-z]+)","labels":\{[^}]*"model":"([^"]*)"/).map {
      "\($0.output.1) \($0.output.2)"
    }
  }
}
