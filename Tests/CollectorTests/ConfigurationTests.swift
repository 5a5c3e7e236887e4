import Collector
import Testing

private func loaded(
  _ text: String, environment: [String: String] = [:],
  flags: [(name: String, value: String)] = []
) throws(ConfigurationError) -> Configuration {
  let file = Configuration.File(name: "barograph.yaml", bytes: Array(text.utf8))
  return try Configuration.load(file: file, environment: environment, flags: flags)
}

private func problems(
  _ text: String, environment: [String: String] = [:],
  flags: [(name: String, value: String)] = []
) -> [String] {
  do throws(ConfigurationError) {
    _ = try loaded(text, environment: environment, flags: flags)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

private let everything = """
  # All that can be set.
  listen: "[::1]:80"
  udp: off
  data: /var/lib/barograph
  anonymous: [ingest, read]
  allowed_hosts: [baro.example.org]
  allowed_origins: ["https://grafana.example.org"]
  memory_limit: 1GiB
  durability: commit
  on_store_failure: accept
  dedup_window: 1h30m
  dedup_entries: 1000000
  wal_limit: 100MB
  log: {level: debug, format: json}
  retention:
    events: 2w
  payloads: full
  redaction:
    ip: true
    phone: true
    patterns:
      - name: employee
        regex: E-[0-9]{6}
    fields: [password, "api key"]
  limits:
    body: 1MiB
    inflated: 2MiB
    line: 4096
    string: 1KiB
    payload: 2KiB
    attributes: 8
    depth: 16
    connections: 100
    idle: 5s
    header: 8KiB
    query_time: 500ms

  """

private let defaults = """
  listen: 127.0.0.1:4318    # default
  udp: 127.0.0.1:4318       # default
  data: barograph-data      # default
  anonymous: []             # default
  allowed_hosts: []         # default
  allowed_origins: []       # default
  memory_limit: 512MiB      # default
  durability: fsync         # default
  on_store_failure: refuse  # default
  dedup_window: 1h          # default
  dedup_entries: 4000000    # default
  wal_limit: 1GiB           # default
  payloads: redacted        # default
  limits:
    body: 16MiB             # default
    inflated: 64MiB         # default
    line: 1MiB              # default
    string: 64KiB           # default
    payload: 256KiB         # default
    attributes: 256         # default
    depth: 64               # default
    connections: 10000      # default
    idle: 1m                # default
    header: 32KiB           # default
    query_time: 30s         # default
  log:
    level: info             # default
    format: auto            # default
  redaction:
    ip: false               # default
    phone: false            # default
    patterns: []            # default
    fields: []              # default
  retention:
    events: 7d              # default

  """

@Suite struct ConfigurationTests {
  @Test(
    "no file, an empty one and empty sections give the defaults",
    arguments: [
      "", "# nothing\n", "{}", "limits:\nredaction: {}\n", "---\n", "{ /* none */ }",
    ])
  func nothing(text: String) throws {
    #expect(try loaded(text) == Configuration.load())
    #expect(try loaded(text).printed(json: false) == defaults)
  }

  @Test func `every key is read from the file`() throws {
    let configuration = try loaded(everything)
    #expect(configuration.listen == .network(host: "::1", port: 80))
    #expect(configuration.udp == nil)
    #expect(configuration.data == "/var/lib/barograph")
    #expect(configuration.anonymous == [.ingest, .read])
    #expect(configuration.allowedHosts == ["baro.example.org"])
    #expect(configuration.allowedOrigins == ["https://grafana.example.org"])
    #expect(configuration.memoryLimit == 1 << 30)
    #expect(configuration.durability == .commit)
    #expect(configuration.onStoreFailure == .accept)
    #expect(configuration.dedupWindow == .seconds(5400))
    #expect(configuration.dedupEntries == 1_000_000)
    #expect(configuration.walLimit == 100_000_000)
    #expect(configuration.log.level == .debug)
    #expect(configuration.log.format == .json)
    #expect(configuration.eventRetention == .seconds(14 * 86_400))
    #expect(configuration.payloads == .full)
    #expect(configuration.redaction.ip && configuration.redaction.phone)
    #expect(configuration.redaction.patterns.map(\.name) == ["employee"])
    #expect(configuration.redaction.patterns.map(\.regex) == ["E-[0-9]{6}"])
    #expect(configuration.redaction.fields == ["password", "api key"])
    let sizes = configuration.limits
    #expect([sizes.body, sizes.inflated, sizes.line] == [1 << 20, 2 << 20, 4096])
    #expect([sizes.string, sizes.payload, sizes.header] == [1024, 2048, 8192])
    #expect([sizes.attributes, sizes.depth, sizes.connections] == [8, 16, 100])
    #expect([sizes.idle, sizes.queryTime] == [.seconds(5), .milliseconds(500)])
    let defaults = Configuration()
    for key in ConfigurationTable.keys {
      #expect(configuration.origin(of: key.path) != defaults.origin(of: key.path), "\(key.path)")
    }
  }

  @Test("what is printed is a configuration that prints the same", arguments: ["", everything])
  func printedIsReadable(text: String) throws {
    let configuration = try loaded(text)
    let values = { (configuration: Configuration) in
      ConfigurationTable.keys.map { $0.valueText(in: configuration) }
    }
    #expect(try values(loaded(configuration.printed(json: false))) == values(configuration))
    let json = configuration.printed(json: true).split(separator: ",\"origins\":")
    let again = json[0].dropFirst("{\"configuration\":".count)
    #expect(try values(loaded(String(again))) == values(configuration))
  }

  @Test func `the environment is over the file and flags are over both`() throws {
    let configuration = try loaded(
      "data: file\nlimits:\n  body: 1MiB\n  idle: 10s\nlog: {level: error}\n",
      environment: [
        "BAROGRAPH_DATA": "environment", "BAROGRAPH_LIMITS__BODY": "2MiB", "HOME": "/",
        "BAROGRAPH_ANONYMOUS": "ingest, read", "BAROGRAPH_REDACTION__FIELDS": "[a, 'b,c']",
        "BAROGRAPH_ALLOWED_HOSTS": "", "BAROGRAPH_REDACTION__IP": "true",
        "BAROGRAPH_REDACTION__PATTERNS": "[{name: n, regex: 'x+'}]",
      ],
      flags: [
        (name: "--data", value: "flag"), (name: "--listen", value: "[::]:1"),
        (name: "--udp", value: "off"),
      ])
    #expect(configuration.data == "flag")
    #expect(configuration.origin(of: "data") == .flag("--data"))
    #expect(configuration.limits.body == 2 << 20)
    #expect(configuration.origin(of: "limits.body") == .environment("BAROGRAPH_LIMITS__BODY"))
    #expect(configuration.limits.idle == .seconds(10))
    #expect(
      configuration.origin(of: "limits.idle") == .file("barograph.yaml", line: 4, column: 9))
    #expect(configuration.origin(of: "limits.line") == .builtIn)
    #expect(configuration.anonymous == [.ingest, .read])
    #expect(configuration.redaction.fields == ["a", "b,c"])
    #expect(configuration.redaction.patterns.map(\.regex) == ["x+"])
    #expect(configuration.redaction.ip)
    #expect(configuration.allowedHosts == [])
    #expect(configuration.listen == .network(host: "::", port: 1))
    #expect(configuration.udp == nil)
  }

  @Test func `variables of other programs are no settings`() {
    let foreign = [
      "BAROGRAPH_URL": "http://127.0.0.1:1", "BAROGRAPH_KEY": "secret", "PATH": "/bin",
      "BAROGRAPH_PORT": "tcp://10.0.0.1:4318", "BAROGRAPH_SERVICE_HOST": "10.0.0.1",
      "BAROGRAPH_PORT_4318_TCP_ADDR": "10.0.0.1", "LISTEN": "x",
    ]
    #expect(problems("", environment: foreign) == [])
  }

  @Test func `a reload names what only a restart takes up`() throws {
    let before = try loaded("data: a\nlog: {level: info}\npayloads: off\n")
    let after = try loaded("data: b\nlog: {level: debug}\nlimits: {depth: 8}\n")
    #expect(before.needsRestart(toBecome: after) == ["data", "limits.depth"])
    #expect(before.needsRestart(toBecome: before) == [])
  }
}

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
    let expected =
      nearest.isEmpty
      ? []
      : [
        "barograph.yaml:\(place): unknown key '\(path)'; expected a known key; did you mean '\(nearest)'?"
      ]
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
        "barograph.yaml:3:1: unknown key 'none'; expected a known key; did you mean 'redaction.phone'?",
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
    "listening beyond this machine needs a word",
    arguments: [
      ("listen: 0.0.0.0:1", 1), ("listen: '[::]:1'", 1), ("listen: example.org:1", 1),
      ("udp: 0.0.0.0:1", 1), ("listen: 0.0.0.0:1\nudp: 10.0.0.1:1", 2),
      ("listen: 127.8.9.1:1", 0), ("listen: localhost:1", 0), ("listen: unix:/tmp/x", 0),
      ("listen: 127.example.org:1", 1), ("listen: 0.0.0.0:1\nanonymous: [ingest]", 0),
      ("listen: 0.0.0.0:1\nanonymous: [read]", 0), ("udp: 0.0.0.0:1\nanonymous: [read]", 1),
    ])
  func loopback(text: String, count: Int) {
    let found = problems(text)
    #expect(found.count == count)
    #expect(found.allSatisfy { $0.contains("can be reached from other machines") })
  }

  @Test func `inflated bodies may not be smaller than bodies`() {
    #expect(
      problems("limits: {body: 128MiB}") == [
        "barograph.yaml:1:16: 'limits.inflated' is below 'limits.body'; expected at least 128MiB"
      ])
  }
}

@Suite struct ConfigurationUnitsTests {
  @Test(
    "durations",
    arguments: [
      ("20ms", 20), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
      ("2w", 1_209_600_000), ("1y", 31_536_000_000), ("1h30m", 5_400_000), ("1m20ms", 60_020),
      ("0s", 0), ("", nil), ("5", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("1 s", nil),
      ("1S", nil), ("30m1h", nil), ("1s1s", nil), ("1us", nil), ("99999999999999y", nil),
      ("99999999999999999999s", nil), ("1s ", nil), ("٣s", nil),
    ] as [(String, Int?)])
  func durations(text: String, milliseconds: Int?) {
    #expect(ConfigurationUnits.duration(text) == milliseconds.map { .milliseconds($0) })
  }

  @Test(
    "sizes",
    arguments: [
      ("4096", 4096), ("0", 0), ("512MiB", 512 << 20), ("10MB", 10_000_000), ("1kB", 1000),
      ("1KB", 1000), ("3GiB", 3 << 30), ("2TiB", 2 << 40), ("7B", 7), ("", nil), ("MiB", nil),
      ("1mib", nil), ("1.5GiB", nil), ("-1", nil), ("1 MiB", nil), ("99999999TiB", nil),
    ] as [(String, Int?)])
  func sizes(text: String, bytes: Int?) {
    #expect(ConfigurationUnits.size(text) == bytes)
  }

  @Test(
    "what is printed is read back",
    arguments: [
      0, 1, 999, 1000, 1024, 1536, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_000, 1 << 40,
    ])
  func roundTrips(number: Int) {
    let duration = Duration.milliseconds(number)
    #expect(ConfigurationUnits.duration(ConfigurationUnits.text(of: duration)) == duration)
    #expect(ConfigurationUnits.size(ConfigurationUnits.text(ofSize: number)) == number)
  }

  @Test(
    "addresses",
    arguments: [
      ("127.0.0.1:4318", "127.0.0.1:4318"), ("localhost:0", "localhost:0"),
      ("[::1]:80", "[::1]:80"), ("unix:/run/b.sock", "unix:/run/b.sock"),
      ("my-host.example:65535", "my-host.example:65535"), ("unix:", nil), ("a", nil), (":80", nil),
      ("a:", nil), ("a:65536", nil), ("a:-1", nil), ("a:+1", nil), ("::1:80", nil),
      ("[::1]", nil), ("[]:1", nil), ("[a]:1", nil), ("256.0.0.1:1", nil), ("1.2.3:1", nil),
      ("a b:1", nil), ("http://a:1", nil), ("*:1", nil),
      ("unix:" + String(repeating: "x", count: 108), nil),
    ] as [(String, String?)])
  func addresses(text: String, description: String?) {
    #expect(ConfigurationAddress(text)?.description == description)
  }
}

@Suite struct ConfigurationTableTests {
  @Test func `paths, variables and flags are unlike each other`() {
    let keys = ConfigurationTable.keys
    #expect(Set(keys.map(\.path)).count == keys.count)
    #expect(Set(keys.map(\.variable)).count == keys.count)
    #expect(keys.compactMap(\.flag).sorted() == ["--anonymous", "--data", "--listen", "--udp"])
  }

  @Test func `the flags' help shows defaults`() {
    #expect(
      ConfigurationTable.flagHelp == """
          --listen HOST:PORT|unix:PATH  where HTTP is answered: HOST:PORT, [IPv6]:PORT or unix:PATH (default: 127.0.0.1:4318)
          --udp HOST:PORT|off           where datagrams are taken, or off (default: 127.0.0.1:4318)
          --data DIR                    the directory that holds the store (default: barograph-data)
          --anonymous LIST              what clients beyond this machine may do without a key (default: [])

        """)
  }

  @Test func `the documentation's table has a row for each key`() {
    let rows = ConfigurationTable.markdown.split(separator: "\n")
    #expect(rows.count == ConfigurationTable.keys.count + 2)
    #expect(
      rows[2]
        == "| `listen` | address | `127.0.0.1:4318` | `--listen` | restart | where HTTP is answered: HOST:PORT, [IPv6]:PORT or unix:PATH |"
    )
    #expect(rows.allSatisfy { $0.replacing("\\|", with: "").filter { $0 == "|" }.count == 7 })
  }
}
