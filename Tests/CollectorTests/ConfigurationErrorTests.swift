import Collector
import Testing

@Suite struct ConfigurationErrorTests {
  @Test(
    "a wrong key names its place and the nearest known key",
    arguments: [
      ("lissten: 1", "1:1", "lissten", "listen"),
      ("limits:\n  boddy: 1MiB", "2:3", "limits.boddy", "limits.body"),
      ("limts:\n  body: 1MiB", "1:1", "limts", "limits"),
      ("{\n  \"body\": 1\n}", "2:3", "body", "limits.body"),
      ("log.level: info", "1:1", "", ""),
      ("dedupe_window: 1h", "1:1", "dedupe_window", "dedup_window"),
      ("redaction: {ips: true}", "1:13", "redaction.ips", "redaction.ip"),
      ("data: x\n\"\": 1", "2:1", "", "udp"),
    ])
  func unknownKeys(text: String, place: String, path: String, nearest: String) {
    let problem =
      "barograph.yaml:\(place): unknown key '\(path)'; expected a known key; "
      + "did you mean '\(nearest)'?"
    let expected = nearest.isEmpty ? [] : [problem]
    #expect(problems(text) == expected)
  }

  @Test(
    "a wrong value names its place and what was expected",
    arguments: [
      ("listen: 4318", "1:9", "listen", "HOST:PORT, [IPv6]:PORT or unix:PATH"),
      ("listen: '::1:80'", "1:9", "listen", "HOST:PORT, [IPv6]:PORT or unix:PATH"),
      ("listen:", "1:8", "listen", "HOST:PORT, [IPv6]:PORT or unix:PATH"),
      ("listen: [a]", "1:9", "listen", "HOST:PORT, [IPv6]:PORT or unix:PATH"),
      ("udp: unix:/x", "1:6", "udp", "HOST:PORT, [IPv6]:PORT or off"),
      ("data: ''", "1:7", "data", "the path of a directory"),
      ("data: ~", "1:7", "data", "the path of a directory"),
      ("durability: yes", "1:13", "durability", "fsync or commit"),
      ("anonymous: ingest", "1:12", "anonymous", "a list, each entry ingest or read"),
      ("anonymous: [read, admin]", "1:19", "anonymous", "ingest or read"),
      ("redaction:\n  ip: 1", "2:7", "redaction.ip", "true or false"),
      ("redaction:\n  ip: 'true'\n", "", "", ""),
      (
        "memory_limit: 512mib", "1:15", "memory_limit",
        "a size from 64MiB to 1TiB, such as 512KiB, 10MB or a number of bytes"
      ),
      (
        "limits: {idle: 60}", "1:16", "limits.idle",
        "a duration from 1s to 1d, such as 20ms, 30s, 5m, 1h or 7d"
      ),
      ("limits: {depth: 121}", "1:17", "limits.depth", "a whole number from 1 to 120"),
      ("limits: {depth: 6.5}", "1:17", "limits.depth", "a whole number from 1 to 120"),
      (
        "redaction:\n  patterns:\n  - {name: a}", "3:5", "redaction.patterns",
        "{name: WORD, regex: EXPRESSION}"
      ),
      (
        "redaction:\n  patterns:\n  - {name: a, regexp: x, regex: y}", "3:15",
        "redaction.patterns", "{name: WORD, regex: EXPRESSION}"
      ),
      (
        "redaction:\n  patterns:\n  - {name: 'a b', regex: y}", "3:12", "redaction.patterns",
        "a name of at most 64 letters, digits and '_', '-', '.'"
      ),
    ])
  func wrongValues(text: String, place: String, path: String, expected: String) {
    let problem = "barograph.yaml:\(place): wrong value for '\(path)'; expected \(expected)"
    if place.isEmpty {
      #expect(problems(text).count == 1)
    } else {
      #expect(problems(text) == [problem])
    }
  }

  @Test func `an expression that does not compile is refused at its place`() throws {
    let found = problems("redaction:\n  patterns:\n  - name: a\n    regex: 'a('\n")
    let problem = try #require(found.first)
    #expect(
      problem.hasPrefix(
        "barograph.yaml:4:12: wrong value for 'redaction.patterns'; "
          + "expected a regular expression in RE2's syntax ("))
    #expect(found.count == 1)
  }

  @Test func `all problems are told at once, in the order of precedence`() {
    let found = problems(
      "durability: no\nlimits: 5\nnone: 1\n",
      environment: ["BAROGRAPH_DATTA": "x", "BAROGRAPH_UDP": "nowhere"],
      flags: [(name: "--listen", value: "a"), (name: "--dat", value: "b")])
    #expect(
      found == [
        "barograph.yaml:1:13: wrong value for 'durability'; expected fsync or commit",
        "barograph.yaml:2:9: 'limits' is no mapping; expected 'key: value' entries",
        "barograph.yaml:3:1: unknown key 'none'; expected a known key; "
          + "did you mean 'route'?",
        "BAROGRAPH_DATTA: unknown variable 'BAROGRAPH_DATTA'; "
          + "expected the variable of a known key; did you mean 'BAROGRAPH_DATA'?",
        "BAROGRAPH_UDP: wrong value for 'udp'; expected HOST:PORT, [IPv6]:PORT or off",
        "--listen: wrong value for 'listen'; expected HOST:PORT, [IPv6]:PORT or unix:PATH",
        "--dat: unknown flag '--dat'; expected a known flag; did you mean '--data'?",
      ])
  }

  @Test func `a broken file names line and column`() {
    #expect(
      problems("data: x\n\tudp: off") == [
        "barograph.yaml:2:1: a tab in the indentation; expected spaces"
      ])
    #expect(
      problems("- data") == [
        "barograph.yaml:1:1: the configuration is no mapping; expected 'key: value' entries"
      ])
    #expect(
      problems("data: x\n---\ndata: y") == [
        "barograph.yaml:3:1: a second document; expected one document"
      ])
    #expect(
      problems("", environment: ["BAROGRAPH_ANONYMOUS": "[ingest"]) == [
        "BAROGRAPH_ANONYMOUS: character 8: the bracket of line 1, column 1 is not closed; "
          + "expected ']'"
      ])
  }

  @Test(
    "listening beyond this machine needs keys or a word",
    arguments: [
      ("listen: 0.0.0.0:1", 1), ("listen: '[::]:1'", 1), ("listen: example.org:1", 1),
      ("udp: 0.0.0.0:1", 1), ("listen: 0.0.0.0:1\nudp: 10.0.0.1:1", 1),
      ("listen: 127.8.9.1:1", 0), ("listen: localhost:1", 0), ("listen: unix:/tmp/x", 0),
      ("listen: 127.example.org:1", 1), ("listen: 0.0.0.0:1\nanonymous: [ingest]", 0),
      ("listen: 0.0.0.0:1\nanonymous: [read]", 0), ("udp: 0.0.0.0:1\nanonymous: [read]", 1),
      ("udp: 0.0.0.0:1\nudp_allow: [10.0.0.0/8]", 0),
    ])
  func loopback(text: String, count: Int) throws {
    let configuration = try loaded(text)
    let problem = configuration.exposure(hasKeys: false)
    #expect((problem == nil) == (count == 0))
    #expect(problem?.contains("can be reached from other machines") != false)
    // Keys let others in by HTTP, but datagrams carry none.
    let left = configuration.exposure(hasKeys: true)
    #expect((left == nil) == (count == 0 || !text.contains("udp")))
  }

  @Test func `inflated bodies may not be smaller than bodies`() {
    #expect(
      problems("limits: {body: 128MiB}") == [
        "barograph.yaml:1:16: 'limits.inflated' is below 'limits.body'; expected at least 128MiB"
      ])
  }
}
