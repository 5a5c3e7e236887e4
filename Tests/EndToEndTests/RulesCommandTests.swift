import LinuxIO
import TestSupport
import Testing

/// `barograph rules` says what is wrong, and in its exit code how wrong it is.
@Suite struct RulesCommandTests {
  @Test(arguments: [
    (["check", "good.yaml"], Int32(0), ""),
    (["check", "good.yaml", "bad-key.yaml"], 2, "unknown key 'fro' in a rule"),
    (["check", "duplicate.yaml"], 0, "5:5: warning: group \"g\", rule 2, \"a\""),
    (["check", "--strict", "duplicate.yaml"], 1, "another rule makes the same series"),
    (["check", "nosuch.yaml"], 2, "cannot read"),
    (["check"], 2, "say check, test or backtest"),
    (["test", "good-test.yaml"], 0, ""),
    (["test", "--json", "good-test.yaml", "bad-alert-test.yaml"], 1, ""),
    (["test", "bad-key-test.yaml", "good-test.yaml"], 2, "unknown key 'promql_expr_tests'"),
    (["test", "bad-rule-file-test.yaml"], 2, ""),
    (["run", "good.yaml"], 2, "not run"),
  ])
  func `the exit code says how wrong a file is`(
    words: [String], code: Int32, complaint: String
  ) throws {
    let words = words.map { word in
      word.hasSuffix(".yaml") ? Fixtures.path("rules/\(word)") : word
    }
    let process = try ChildProcess(RunningCollector.program, ["rules"] + words)
    let output = FileDescriptor(owning: process.standardError)
    var said: [UInt8] = []
    reading: while true {
      switch try output.read(upTo: 65_536, into: &said) {
      case .bytes: continue
      case .end: break reading
      case .wouldBlock: _ = try output.wait(for: .read, milliseconds: 20_000)
      }
    }
    #expect(process.wait() == .exit(code))
    let text = String(decoding: said, as: UTF8.self)
    #expect(complaint.isEmpty ? text.isEmpty : text.contains(complaint), "\(text)")
  }
}
