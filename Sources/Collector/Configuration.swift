package import Alerts
package import History
package import LinuxIO
package import Quality
internal import Telemetry
package import Windows

/// Every setting of the collector, typed; the initial values are the defaults.
///
/// What each means, is called and accepts stands in ``ConfigurationTable``.
package struct Configuration: Equatable, Sendable {
  /// When a commit counts as kept.
  package enum Durability: String, CaseIterable, Sendable {
    /// After fsync: survives a power loss.
    case fsync
    /// After the write: survives a killed process.
    case commit
  }

  /// What intake does while the store cannot be written.
  package enum StoreFailure: String, CaseIterable, Sendable {
    /// Answers 503.
    case refuse
    /// Counts events in the windows only, and says so.
    case accept
  }

  /// What is kept of prompts, answers and stacks.
  package enum Payloads: String, CaseIterable, Sendable {
    /// Nothing.
    case off
    /// The text after redaction.
    case redacted
    /// The text as it came.
    case full
  }

  /// What a client without a key may do beyond loopback.
  package enum Access: String, CaseIterable, Sendable {
    /// Send events.
    case ingest
    /// Ask for them.
    case read
  }

  /// The least serious of the collector's own log lines that is written.
  package enum LogLevel: String, CaseIterable, Sendable {
    /// From the most talkative to the quietest.
    case debug, info, notice, warning, error
  }

  /// The form of the collector's own log lines.
  package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One of the two, wherever it goes.
    case json, text
  }

  /// How long what is kept, since its receipt.
  package struct Retention: Equatable, Sendable {
    /// Calls, spans and scores; an event older than this is refused.
    package var events = Duration.seconds(7 * 86_400)
    package var logs = Duration.seconds(7 * 86_400)
    package var payloads = Duration.seconds(7 * 86_400)
    /// What was counted, by minute and by hour.
    package var minute = Duration.seconds(30 * 86_400)
    package var hour = Duration.seconds(400 * 86_400)
    /// Acts of administrators.
    package var audit = Duration.seconds(400 * 86_400)
    /// Bytes beyond which the oldest events go early.
    package var size = 50 << 30
    /// What is different for single tenants.
    package var tenants: [RetentionPolicy.Tenant] = []
  }

  /// A name and the expression of what it hides.
  package struct RedactionPattern: Equatable, Sendable {
    /// What stands in place of a match.
    package var name: String
    /// An expression that the pattern room has compiled once without error.
    package var regex: String
  }

  /// What is hidden beside secrets, e-mail, card and IBAN, which always are.
  package struct Redaction: Equatable, Sendable {
    package var ip = false
    package var phone = false
    package var patterns: [RedactionPattern] = []
    package var fields: [String] = []
    /// What is hidden beside that of single tenants.
    package var tenants: [TenantRedaction] = []
  }

  /// What is hidden beside that of all, and what is kept of payloads where that is something else.
  package struct TenantRedaction: Equatable, Sendable {
    package var tenant: String
    package var ip = false
    package var phone = false
    package var patterns: [RedactionPattern] = []
    package var fields: [String] = []
    package var payloads: Payloads?

    /// A tenant of which nothing more is hidden.
    package init(tenant: String) {
      self.tenant = tenant
    }
  }

  /// Bounds on what is taken in and asked; sizes in bytes.
  package struct Bounds: Equatable, Sendable {
    package var body = 16 << 20
    package var inflated = 64 << 20
    package var line = Limits.line
    package var string = Limits.text
    package var payload = Limits.payload
    package var attributes = Limits.attributes
    package var depth = Limits.depth
    package var series = Limits.series
    package var connections = 10_000
    package var idle = Duration.seconds(60)
    package var header = 32 << 10
    package var queryTime = Duration.seconds(30)
    package var queryPoints = 11_000
    package var querySamples = 50_000_000
    /// In a second, by client; 0 for no bound.
    package var clientEvents = 0
    package var clientRequests = 0
    package var routes: [RouteLimit] = []
    /// In a minute, by address.
    package var wrongKeys = 60
  }

  /// How often each client may ask one route.
  package struct RouteLimit: Equatable, Sendable {
    /// Method and path, as `POST /v1/sql`.
    package let route: String
    package let requests: Int
  }

  /// The collector's own log.
  package struct Log: Equatable, Sendable {
    package var level = LogLevel.info
    package var format = LogFormat.auto
  }

  /// Where HTTP is answered.
  package var listen = ConfigurationAddress.network(host: "127.0.0.1", port: 4318)
  /// Where datagrams are taken, or nil for nowhere; never a unix path.
  package var udp: ConfigurationAddress? = .network(host: "127.0.0.1", port: 4318)
  /// The directory of the store; relative to where the collector was started.
  package var data = "barograph-data"
  /// Bytes beyond which intake sheds.
  package var memoryLimit = 512 << 20
  /// When an answer may say that events are kept, and what happens when they cannot be.
  package var durability = Durability.fsync
  package var onStoreFailure = StoreFailure.refuse
  /// How long, and for how many events, a second sending is recognised.
  package var dedupWindow = Duration.seconds(3600)
  package var dedupEntries = 4_000_000
  /// How long what is kept.
  package var retention = Retention()
  /// Price files that come before the book inside the program, the first one first.
  package var prices: [String] = []
  /// Paths of rule files, with wildcards.
  package var rules: [String] = []
  /// Where messages about alerts go; no two of the same name.
  package var receivers: [ReceiverSettings] = []
  /// Whether the rules inside the program are evaluated too.
  package var starterRules = true
  /// Who hears of which alerts, what keeps alerts silent, and when; without a route the first
  /// receiver hears of all.
  package var route: AlertRoute?
  package var inhibitions: [Inhibition] = []
  package var muteTimes: [MuteTime] = []
  /// What is checked of finished calls.
  package var evaluators = SettingsList<EvaluatorSettings>()
  /// Models that are asked about finished calls.
  package var judges = SettingsList<JudgeSettings>()
  /// Whose clocks days, weeks and months go by, and where people reach the collector.
  package var timezone = "UTC"
  package var externalURL = ""
  /// What is kept of payloads, and what is hidden everywhere.
  package var payloads = Payloads.redacted
  package var redaction = Redaction()
  /// Bounds on requests, records and queries.
  package var limits = Bounds()
  /// What clients beyond loopback may do without a key.
  package var anonymous: [Access] = []
  /// The file of keys, or empty for `keys.json` in the data directory.
  package var keysFile = ""
  /// Proxies whose word counts, and the header in which they name the person who asks.
  package var trustedProxies: [AddressRange] = []
  package var userHeader = ""
  /// Who may send datagrams; empty for loopback while there are no keys.
  package var datagramSenders: [AddressRange] = []
  /// Names beside its own under which the collector answers, and web origins that may ask it.
  package var allowedHosts: [String] = []
  package var allowedOrigins: [String] = []
  /// The collector's own log.
  package var log = Log()
  /// What windows are broken down by, besides the total; how much memory they take; what providers
  /// allow; how long an announced call may take.
  package var breakdowns = Breakdown.standard
  package var windowsMemory = 128 << 20
  package var windowsGroups = 2_000
  package var providerLimits: [ProviderLimit] = []
  package var spanTimeout = Duration.seconds(600)
  /// Bytes to which the write-ahead log may grow before intake refuses.
  package var walLimit = 1 << 30

  /// Where each value that is no default came from, by path.
  var origins: [String: ConfigurationOrigin] = [:]

  /// The defaults.
  package init() {}

  /// Where the value at `path` came from.
  package func origin(of path: String) -> ConfigurationOrigin {
    origins[path] ?? .builtIn
  }
}
