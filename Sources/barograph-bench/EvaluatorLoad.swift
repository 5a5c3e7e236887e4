internal import HTTP
internal import LinuxIO
internal import Outbound

/// 10,000 calls a second with their answers, without evaluators and with: what it does to the time
/// until an answer, and what became of the calls.
enum EvaluatorLoad {
  private static let all = [
    "json", "refusal", "repetition", "empty", "truncated", "language", "overlap", "injection",
    "pii", "latency", "cost", "length", "contains, any: [harbour]", "regex, pattern: '[0-9]{4}-'",
  ]

  static func run(smoke: Bool) throws(Errno) {
    print("way                       events/CPU-s  events/s   p50 ms  p99 ms  RSS MiB  bytes/event")
    let ways: [(name: String, checks: [String], sample: Double)] = [
      ("no evaluator", [], 1), ("one check of all calls", ["refusal"], 1),
      ("14 checks of 5 %", all, 0.05), ("14 checks of all calls", all, 1),
    ]
    for (index, way) in ways.enumerated() {
      let mode = LoadBench.Mode(
        name: way.name, perRequest: 20, connections: 8, events: smoke ? 2_000 : 150_000,
        rate: 500, body: .answers)
      let list = way.checks.enumerated().map {
        "{name: e\($0.offset), check: \($0.element), sample: \(way.sample)}"
      }
      let port = UInt16(24_700 + index)
      _ = try LoadBench.measure(
        mode, port, environment: ["BAROGRAPH_EVALUATORS=[\(list.joined(separator: ", "))]"]
      ) { report(port) }
    }
  }

  /// Adds the call of number `index` with an answer of some 800 bytes.
  static func append(_ index: Int, to bytes: inout [UInt8]) {
    SampleEvent.append(index, to: &bytes)
    bytes.removeLast()
    let sentence =
      "The ferry number \(index) leaves the harbour at nine, so we should be there by half past "
      + "eight, and somebody has to bring the tickets that were left in room \(index % 97). "
    let answer = sentence + sentence.replacing("ferry", with: "train") + sentence + sentence
    bytes.append(contentsOf: ",\"input\":\"When does it leave?\",\"output\":\"\(answer)\"}\n".utf8)
  }

  private static func report(_ port: UInt16) {
    do throws(ClientError) {
      let answer = try HTTPClient(url: "http://127.0.0.1:\(port)").request(.get, "/metrics")
      var counts: [String: Double] = [:]
      for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") {
        guard line.hasPrefix("barograph_evaluat"), let space = line.lastIndex(of: " ") else {
          continue
        }
        let outcome = line.firstRange(of: "outcome=\"").map {
          String(line[$0.upperBound...].prefix { $0 != "\"" })
        }
        let name = outcome ?? (line.hasPrefix("barograph_evaluation_seconds") ? "seconds" : "")
        counts[name, default: 0] += Double(line[line.index(after: space)...]) ?? 0
      }
      let words = ["scored", "skipped", "missing", "dropped", "seconds"].map {
        "\($0) \(((counts[$0] ?? 0) * 100).rounded() / 100)"
      }
      print("  evaluations: " + words.joined(separator: ", "))
    } catch {
      print("  no figures: \(error)")
    }
  }
}
