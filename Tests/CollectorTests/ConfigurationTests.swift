import Alerts
import Collector
import History
import LinuxIO
import Quality
import Testing
import Windows

private let everything = """
  # All that can be set.
  listen: "[::1]:80"
  udp: off
  data: /var/lib/barograph
  anonymous: [ingest, read]
  keys_file: /etc/barograph/keys.json
  trusted_proxies: [10.0.0.0/8, "::1"]
  user_header: X-Forwarded-User
  udp_allow: [127.0.0.1, "fd00::/8"]
  allowed_hosts: [baro.example.org]
  allowed_origins: ["https://grafana.example.org"]
  memory_limit: 1GiB
  durability: commit
  on_store_failure: accept
  dedup_window: 1h30m
  dedup_entries: 1000000
  prices: [ours.json, theirs.json]
  wal_limit: 100MB
  breakdowns: [[service], [provider, model, attrs.team]]
  windows_memory: 64MiB
  windows_groups: 5000
  provider_limits:
    - {provider: openai, model: gpt-4o*, rpm: 500, tpm: 200000, count_cache_reads: false}
  span_timeout: 5m
  rules: ["rules/*.yaml", more.json]
  receivers: [{name: chat, type: slack, url: {env: SLACK_URL}}, {name: lines, type: log}]
  starter_rules: false
  route:
    receiver: chat
    group_by: [model, alertname]
    group_wait: 5s
    group_interval: 2m
    repeat_interval: 2h
    routes:
      - match: {severity: critical}
        matchers: ["team=~'a.*'"]
        receiver: lines
        continue: true
        mute_times: [nights]
        escalate: [{after: 10m, receiver: chat}]
  inhibit: [{source: {alertname: Outage}, target: ["alertname!=Outage"], equal: [provider]}]
  mute_times:
    - {name: nights, weekdays: [mon-fri], times: ["22:00-06:00"], days: [1, -1], months: [dec]}
  timezone: Europe/Berlin
  external_url: https://baro.example.org/x/
  evaluators:
    - {name: valid, check: json_schema, schema: {type: object, "minProperties": 1}}
    - {name: short, check: length, max: 0.5, when: {prompt: [extract, "x*"]}, sample: 0.25}
  judges:
    - {name: helpful, model: gpt-4o-mini, api_key: {env: K}, prompt: "Q {{output}}", rpm: 60}
  log: {level: debug, format: json}
  retention:
    events: 2w
    logs: 3d
    payloads: 1d
    minute: 60d
    hour: 1y
    audit: 2y
    size: 5GiB
    tenants: [{tenant: acme, events: 1d, logs: 12h}]
  payloads: full
  redaction:
    ip: true
    phone: true
    patterns:
      - name: employee
        regex: E-[0-9]{6}
    fields: [password, "api key"]
    tenants: [{tenant: acme, ip: true, fields: [note], payloads: off}]
  limits:
    body: 1MiB
    inflated: 2MiB
    line: 4096
    string: 1KiB
    payload: 2KiB
    attributes: 8
    depth: 16
    series: 500
    connections: 100
    idle: 5s
    header: 8KiB
    query_time: 500ms
    query_points: 1000
    query_samples: 100000
    client_events_per_s: 20000
    client_requests_per_s: 50
    routes: [{route: POST /v1/sql, requests_per_s: 2}]
    wrong_keys_per_min: 30

  """

private let defaults = """
  listen: 127.0.0.1:4318                            # default
  udp: 127.0.0.1:4318                               # default
  data: barograph-data                              # default
  memory_limit: 512MiB                              # default
  anonymous: []                                     # default
  keys_file: ""                                     # default
  trusted_proxies: []                               # default
  user_header: ""                                   # default
  udp_allow: []                                     # default
  allowed_hosts: []                                 # default
  allowed_origins: []                               # default
  durability: fsync                                 # default
  on_store_failure: refuse                          # default
  dedup_window: 1h                                  # default
  dedup_entries: 4000000                            # default
  prices: []                                        # default
  wal_limit: 1GiB                                   # default
  breakdowns: [[service], [service, provider, model, operation], [tenant, provider, model], \
  [prompt, prompt_version, variant], [kind, name], [error_type]]  # default
  windows_memory: 128MiB                            # default
  windows_groups: 2000                              # default
  provider_limits: []                               # default
  span_timeout: 10m                                 # default
  rules: []                                         # default
  receivers: []                                     # default
  starter_rules: true                               # default
  route: {}                                         # default
  inhibit: []                                       # default
  mute_times: []                                    # default
  timezone: UTC                                     # default
  external_url: ""                                  # default
  evaluators: []                                    # default
  judges: []                                        # default
  payloads: redacted                                # default
  limits:
    body: 16MiB                                     # default
    inflated: 64MiB                                 # default
    line: 1MiB                                      # default
    string: 64KiB                                   # default
    payload: 256KiB                                 # default
    attributes: 256                                 # default
    depth: 64                                       # default
    series: 100000                                  # default
    connections: 10000                              # default
    idle: 1m                                        # default
    header: 32KiB                                   # default
    query_time: 30s                                 # default
    query_points: 11000                             # default
    query_samples: 50000000                         # default
    client_events_per_s: 0                          # default
    client_requests_per_s: 0                        # default
    routes: []                                      # default
    wrong_keys_per_min: 60                          # default
  log:
    level: info                                     # default
    format: auto                                    # default
  redaction:
    ip: false                                       # default
    phone: false                                    # default
    patterns: []                                    # default
    fields: []                                      # default
    tenants: []                                     # default
  retention:
    events: 7d                                      # default
    logs: 7d                                        # default
    payloads: 7d                                    # default
    minute: 30d                                     # default
    hour: 400d                                      # default
    audit: 400d                                     # default
    size: 50GiB                                     # default
    tenants: []                                     # default

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

  @Test func `what is hidden of a tenant, and how long acts are kept, is read`() throws {
    let configuration = try loaded(everything)
    var own = Configuration.TenantRedaction(tenant: "acme")
    (own.ip, own.fields, own.payloads) = (true, ["note"], .off)
    #expect(configuration.redaction.tenants == [own])
    #expect(configuration.retention.audit == .seconds(730 * 86_400))
  }

  @Test func `every key is read from the file`() throws {
    let configuration = try loaded(everything)
    #expect(configuration.listen == .network(host: "::1", port: 80))
    #expect(configuration.udp == nil)
    #expect(configuration.data == "/var/lib/barograph")
    #expect(configuration.anonymous == [.ingest, .read])
    #expect(configuration.keysFile == "/etc/barograph/keys.json")
    #expect(configuration.trustedProxies.map(\.description) == ["10.0.0.0/8", "::1"])
    #expect(configuration.userHeader == "X-Forwarded-User")
    #expect(configuration.datagramSenders.map(\.description) == ["127.0.0.1", "fd00::/8"])
    #expect(configuration.allowedHosts == ["baro.example.org"])
    #expect(configuration.allowedOrigins == ["https://grafana.example.org"])
    #expect(configuration.memoryLimit == 1 << 30)
    #expect(configuration.durability == .commit)
    #expect(configuration.onStoreFailure == .accept)
    #expect(configuration.dedupWindow == .seconds(5400))
    #expect(configuration.dedupEntries == 1_000_000)
    #expect(configuration.prices == ["ours.json", "theirs.json"])
    #expect(configuration.walLimit == 100_000_000)
    let labels = configuration.breakdowns.map { $0.labels.map(\.name) }
    #expect(labels == [["service"], ["provider", "model", "attrs.team"]])
    #expect(configuration.windowsMemory == 64 << 20)
    #expect(configuration.windowsGroups == 5_000)
    let limit = configuration.providerLimits.first
    #expect(limit?.provider == "openai" && limit?.model == "gpt-4o*")
    #expect(limit?.requests == 500 && limit?.tokens == 200_000 && limit?.inputTokens == nil)
    #expect(limit?.countsCacheReads == false)
    #expect(configuration.spanTimeout == .seconds(300))
    #expect(configuration.timezone == "Europe/Berlin")
    #expect(configuration.externalURL == "https://baro.example.org/x")
    #expect(configuration.evaluators.settings.map(\.name) == ["valid", "short"])
    #expect(configuration.evaluators.settings.map(\.sample) == [1, 0.25])
    #expect(configuration.judges.settings.map(\.name) == ["helpful"])
    #expect(configuration.judges.settings.first?.requestsPerMinute == 60)
    #expect(configuration.log.level == .debug)
    #expect(configuration.log.format == .json)
    expectPrivacyAndLimits(configuration)
    let defaults = Configuration()
    for key in ConfigurationTable.keys {
      #expect(configuration.origin(of: key.path) != defaults.origin(of: key.path), "\(key.path)")
    }
  }

  private func expectPrivacyAndLimits(_ configuration: Configuration) {
    #expect(configuration.retention.events == .seconds(14 * 86_400))
    #expect(configuration.retention.size == 5 << 30)
    var tenant = RetentionPolicy.Tenant("acme")
    (tenant.events, tenant.logs) = (86_400_000_000_000, 43_200_000_000_000)
    #expect(configuration.retention.tenants == [tenant])
    #expect(configuration.payloads == .full)
    #expect(configuration.redaction.ip && configuration.redaction.phone)
    #expect(configuration.redaction.patterns.map(\.name) == ["employee"])
    #expect(configuration.redaction.patterns.map(\.regex) == ["E-[0-9]{6}"])
    #expect(configuration.redaction.fields == ["password", "api key"])
    Self.expectLimits(configuration.limits)
    let defaults = Configuration()
    for key in ConfigurationTable.keys {
      #expect(configuration.origin(of: key.path) != defaults.origin(of: key.path), "\(key.path)")
    }
  }

  private static func expectLimits(_ sizes: Configuration.Bounds) {
    #expect([sizes.body, sizes.inflated, sizes.line] == [1 << 20, 2 << 20, 4096])
    #expect([sizes.string, sizes.payload, sizes.header] == [1024, 2048, 8192])
    #expect([sizes.attributes, sizes.depth, sizes.series, sizes.connections] == [8, 16, 500, 100])
    #expect([sizes.clientEvents, sizes.clientRequests, sizes.wrongKeys] == [20_000, 50, 30])
    #expect(sizes.routes.map(\.route) == ["POST /v1/sql"] && sizes.routes.map(\.requests) == [2])
    #expect([sizes.idle, sizes.queryTime] == [.seconds(5), .milliseconds(500)])
  }

  @Test func `every key of alerts is read from the file`() throws {
    let configuration = try loaded(everything)
    #expect(configuration.rules == ["rules/*.yaml", "more.json"])
    #expect(configuration.receivers.map(\.name) == ["chat", "lines"])
    #expect(!configuration.starterRules)
    let route = try #require(configuration.route)
    #expect(route.receiver == "chat" && route.grouping == .by(["alertname", "model"]))
    #expect([route.wait, route.interval, route.repetition] == [5_000, 120_000, 7_200_000])
    let child = try #require(route.routes.first)
    #expect(child.receiver == "lines" && child.goesOn && child.muteTimes == ["nights"])
    #expect(child.matchers.texts == ["severity=\"critical\"", "team=~\"a.*\""])
    #expect(child.escalations == [AlertRoute.Escalation(after: 600_000, receiver: "chat")])
    #expect([child.interval, child.repetition] == [120_000, 7_200_000])
    #expect(configuration.inhibitions.map(\.equal) == [["provider"]])
    let nights = try #require(configuration.muteTimes.first)
    #expect(nights.hours == [MuteTime.Hours(from: 1_320, to: 360)])
    #expect(nights.weekdays == [1, 2, 3, 4, 5] && nights.days == [1, -1] && nights.months == [12])
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
