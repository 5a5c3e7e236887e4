/// Every setting there is; the file, variables, flags, help and documentation all follow it.
package enum ConfigurationTable {
  /// What the variables of all settings begin with.
  package static let variablePrefix = "BAROGRAPH_"

  /// In the order in which they are printed.
  package static let keys: [ConfigurationKey] =
    general + access + intake + history + windows + rules + quality + privacy + bounds + rates

  private static let general: [ConfigurationKey] = [
    ConfigurationKey(
      "listen", \.listen, .address, flag: "--listen",
      "where HTTP is answered"),
    ConfigurationKey(
      "udp", \.udp, .networkAddressOrOff, flag: "--udp",
      "where datagrams are taken, or off"),
    ConfigurationKey(
      "data", \.data, .text("path", "the path of a directory"), flag: "--data",
      "the directory that holds the store"),
    ConfigurationKey(
      "memory_limit", \.memoryLimit, .size((64 << 20)...(1 << 40)),
      "memory beyond which intake sheds events"),
    ConfigurationKey(
      "log.level", \.log.level, .choice, isReloadable: true,
      "the least serious of its own log lines that the collector writes"),
    ConfigurationKey(
      "log.format", \.log.format, .choice,
      "the form of its own log lines; auto is text on a terminal, else JSON"),
  ]

  private static let access: [ConfigurationKey] = [
    ConfigurationKey(
      "anonymous", \.anonymous, .list(of: .choice), flag: "--anonymous",
      "what clients may do without a key"),
    ConfigurationKey(
      "keys_file", \.keysFile,
      .textOrNothing("path", "the path of a file that barograph keys writes"),
      isReloadable: true, "the file of keys; keys.json in the data directory unless given"),
    ConfigurationKey(
      "trusted_proxies", \.trustedProxies, .list(of: .addressRange), isReloadable: true,
      "proxies that are believed about who asks"),
    ConfigurationKey(
      "user_header", \.userHeader, .textOrNothing("name", "the name of a header"),
      isReloadable: true, "the header in which such a proxy names the person"),
    ConfigurationKey(
      "udp_allow", \.datagramSenders, .list(of: .addressRange), isReloadable: true,
      "who may send datagrams; loopback, and with keys nobody, unless given"),
    ConfigurationKey(
      "allowed_hosts", \.allowedHosts, .list(of: .text("name", "a host name")),
      isReloadable: true, "further names under which clients may reach the collector"),
    ConfigurationKey(
      "allowed_origins", \.allowedOrigins,
      .list(of: .text("origin", "an origin such as https://example.org")),
      isReloadable: true, "web pages that may ask the collector"),
  ]

  private static let intake: [ConfigurationKey] = [
    ConfigurationKey(
      "durability", \.durability, .choice,
      "when events count as kept: fsync survives a power loss, commit a killed process"),
    ConfigurationKey(
      "on_store_failure", \.onStoreFailure, .choice, isReloadable: true,
      "what intake does while the store cannot be written: refuse, or accept into windows only"),
    ConfigurationKey(
      "dedup_window", \.dedupWindow, .duration(.seconds(1)...(.seconds(30 * 86_400))),
      "how long the same event sent again counts once"),
    ConfigurationKey(
      "dedup_entries", \.dedupEntries, .count(1_000...1_000_000_000),
      "how many events are remembered for that; more shorten the window"),
    ConfigurationKey(
      "prices", \.prices, .list(of: .text("path", "the path of a price file")),
      isReloadable: true, "files of prices that come before those inside the program"),
    ConfigurationKey(
      "wal_limit", \.walLimit, .size((64 << 20)...(1 << 40)),
      "the size of the write-ahead log beyond which intake refuses"),
  ]

  private static let ages: ClosedRange<Duration> = .seconds(3600)...(.seconds(3_650 * 86_400))

  private static let history: [ConfigurationKey] = [
    ConfigurationKey(
      "retention.events", \.retention.events, .duration(ages),
      "how long calls, spans and scores are kept; older events are refused"),
    ConfigurationKey(
      "retention.logs", \.retention.logs, .duration(ages), "how long logs are kept"),
    ConfigurationKey(
      "retention.payloads", \.retention.payloads, .duration(ages),
      "how long prompts, answers and stacks are kept, if not as long as their events"),
    ConfigurationKey(
      "retention.minute", \.retention.minute, .duration(ages),
      "how long what was counted is kept by the minute"),
    ConfigurationKey(
      "retention.hour", \.retention.hour, .duration(ages),
      "how long what was counted is kept by the hour"),
    ConfigurationKey(
      "retention.audit", \.retention.audit, .duration(ages),
      "how long acts of administrators are kept"),
    ConfigurationKey(
      "retention.size", \.retention.size, .size((16 << 20)...(1 << 50)),
      "the size of the store beyond which the oldest events go early"),
    ConfigurationKey(
      "retention.tenants", \.retention.tenants, .list(of: .tenantRetention(ages)),
      "tenants whose events, logs or payloads are kept longer or shorter"),
  ]

  private static let windows: [ConfigurationKey] = [
    ConfigurationKey(
      "breakdowns", \.breakdowns, .list(of: .breakdown),
      "labels by which windows are told apart, list by list; the total is always there"),
    ConfigurationKey(
      "windows_memory", \.windowsMemory, .size((1 << 20)...(1 << 40)),
      "memory of the windows beyond which new groups join other"),
    ConfigurationKey(
      "windows_groups", \.windowsGroups, .count(1...1_000_000),
      "groups of a breakdown beyond which new ones join other"),
    ConfigurationKey(
      "provider_limits", \.providerLimits, .list(of: .providerLimit), isReloadable: true,
      "what providers allow in a minute, for headroom"),
    ConfigurationKey(
      "span_timeout", \.spanTimeout, .duration(.seconds(1)...(.seconds(3_600))),
      "how long an announced call may take before it counts as lost"),
  ]

  private static let rules: [ConfigurationKey] = [
    ConfigurationKey(
      "rules", \.rules, .list(of: .text("path", "the path of a rule file, * stands for any")),
      flag: "--rules", isReloadable: true, "files of recording and alerting rules"),
    ConfigurationKey(
      "receivers", \.receivers, .list(of: .receiver), isReloadable: true,
      "services that are told of alerts; see Notifications"),
    ConfigurationKey(
      "starter_rules", \.starterRules, .flag, isReloadable: true,
      "whether the rules inside the program are evaluated too"),
    ConfigurationKey(
      "route", \.route, .route, isReloadable: true,
      "which receiver hears of which alerts; without it the first one hears of all"),
    ConfigurationKey(
      "inhibit", \.inhibitions, .list(of: .inhibition), isReloadable: true,
      "alerts that keep others silent while they fire"),
    ConfigurationKey(
      "mute_times", \.muteTimes, .list(of: .muteTime), isReloadable: true,
      "times at which routes that name them tell nothing"),
    ConfigurationKey(
      "timezone", \.timezone, .text("zone", "the name of a time zone such as Europe/Berlin"),
      isReloadable: true, "whose clocks days, weeks, months and mute times go by"),
    ConfigurationKey(
      "external_url", \.externalURL, .externalURL, isReloadable: true,
      "where people reach the collector; links in messages begin with it"),
  ]

  private static let quality: [ConfigurationKey] = [
    ConfigurationKey(
      "evaluators", \.evaluators, .evaluators, isReloadable: true,
      "checks of finished calls, whose results are scores; see Quality"),
    ConfigurationKey(
      "judges", \.judges, .judges, isReloadable: true,
      "models that are asked to score finished calls, whose texts leave the machine; see Judges"),
  ]

  private static let privacy: [ConfigurationKey] = [
    ConfigurationKey(
      "payloads", \.payloads, .choice, isReloadable: true,
      "what is kept of prompts, answers and stacks"),
    ConfigurationKey(
      "redaction.ip", \.redaction.ip, .flag, isReloadable: true, "hide IP addresses"),
    ConfigurationKey(
      "redaction.phone", \.redaction.phone, .flag, isReloadable: true, "hide telephone numbers"),
    ConfigurationKey(
      "redaction.patterns", \.redaction.patterns, .list(of: .redactionPattern),
      isReloadable: true, "further texts to hide"),
    ConfigurationKey(
      "redaction.fields", \.redaction.fields, .list(of: .text("name", "the name of a field")),
      isReloadable: true, "fields whose whole value is hidden"),
    ConfigurationKey(
      "redaction.tenants", \.redaction.tenants, .list(of: .tenantRedaction), isReloadable: true,
      "tenants of whose events more is hidden, or more or less of payloads is kept"),
  ]

  private static let bounds: [ConfigurationKey] = [
    ConfigurationKey(
      "limits.body", \.limits.body, .size(1024...(1 << 30)), "the body of a request as sent"),
    ConfigurationKey(
      "limits.inflated", \.limits.inflated, .size(1024...(4 << 30)),
      "the body of a request after decompression"),
    ConfigurationKey(
      "limits.line", \.limits.line, .size(1024...(64 << 20)), "one record"),
    ConfigurationKey(
      "limits.string", \.limits.string, .size(256...(16 << 20)),
      "a text field; longer ones are cut and marked"),
    ConfigurationKey(
      "limits.payload", \.limits.payload, .size(256...(64 << 20)),
      "a payload; longer ones are cut and marked"),
    ConfigurationKey(
      "limits.attributes", \.limits.attributes, .count(0...10_000), "attributes of one record"),
    ConfigurationKey(
      "limits.depth", \.limits.depth, .count(1...120), "nesting of one record"),
    ConfigurationKey(
      "limits.series", \.limits.series, .count(100...10_000_000),
      "series of sent metrics at hand; points of one more are refused"),
    ConfigurationKey(
      "limits.connections", \.limits.connections, .count(1...1_000_000),
      "connections open at a time"),
    ConfigurationKey(
      "limits.idle", \.limits.idle, .duration(.seconds(1)...(.seconds(86_400))),
      "how long a connection may stay silent"),
    ConfigurationKey(
      "limits.header", \.limits.header, .size(1024...(1 << 20)), "the header of a request"),
    ConfigurationKey(
      "limits.query_time", \.limits.queryTime, .duration(.milliseconds(100)...(.seconds(3600))),
      "how long a query may run"),
    ConfigurationKey(
      "limits.query_points", \.limits.queryPoints, .count(100...1_000_000),
      "steps of a range query"),
    ConfigurationKey(
      "limits.query_samples", \.limits.querySamples, .count(1000...1_000_000_000),
      "samples a query may hold; never more than fit a quarter of memory_limit"),
  ]
  private static let rates: [ConfigurationKey] = [
    ConfigurationKey(
      "limits.client_events_per_s", \.limits.clientEvents, .count(0...1_000_000_000),
      isReloadable: true, "events of one client in a second, also by datagram; 0 for no bound"),
    ConfigurationKey(
      "limits.client_requests_per_s", \.limits.clientRequests, .count(0...1_000_000_000),
      isReloadable: true, "requests of one client in a second; 0 for no bound"),
    ConfigurationKey(
      "limits.routes", \.limits.routes, .list(of: .routeLimit), isReloadable: true,
      "requests of one client to a route in a second"),
    ConfigurationKey(
      "limits.wrong_keys_per_min", \.limits.wrongKeys, .count(1...1_000_000), isReloadable: true,
      "wrong keys of one address in a minute, beyond which it waits"),
  ]
}
