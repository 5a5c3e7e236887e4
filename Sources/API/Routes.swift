package import Exposition
package import History
internal import Intake
internal import LinuxIO
package import Serving
package import Telemetry
package import Windows

/// What the routes stand on; other rooms hand it in.
package struct Services: Sendable {
  package let rejects: RejectStore
  package let direct: DirectIntake
  package let reads: ReadPool
  package let stream: EventStream
  package let export: EventExport
  package let windows: WindowService
  package let totals: SeriesBoard
  /// Nanoseconds a query may take.
  package let queryTime: Int64
  /// Waits until what the writer saves less often than it commits can be read.
  package let settle: @Sendable () -> Void
  package let sources: @Sendable () -> [(StreamBook.Name, StreamBook)]
  package let metrics: Metrics
  /// What writes the page of metrics in a format, of a tenant's own families or of all.
  package typealias Metrics =
    @Sendable (MetricFormat, _ tenant: String?) -> [MetricPage.Section]
  /// Runs a job on a query thread; false when too many wait.
  package let later: @Sendable (@escaping @Sendable () -> Void) -> Bool
  package let health: @Sendable () -> HealthReport
  /// Loads the configuration again; gives what is wrong with it, or nil.
  package let reload: @Sendable () -> String?

  /// The services of one collector.
  package init(
    rejects: RejectStore, direct: DirectIntake, reads: ReadPool, stream: EventStream,
    export: EventExport, windows: WindowService, totals: SeriesBoard, queryTime: Int64,
    settle: @escaping @Sendable () -> Void,
    sources: @escaping @Sendable () -> [(StreamBook.Name, StreamBook)],
    metrics: @escaping Metrics,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool,
    health: @escaping @Sendable () -> HealthReport, reload: @escaping @Sendable () -> String?
  ) {
    self.rejects = rejects
    self.direct = direct
    self.reads = reads
    self.stream = stream
    self.export = export
    self.windows = windows
    self.totals = totals
    self.queryTime = queryTime
    self.settle = settle
    self.sources = sources
    self.metrics = metrics
    self.later = later
    self.health = health
    self.reload = reload
  }

  /// The sources that somebody may know of: for those bound to a tenant what came by keys that are
  /// bound to the same.
  func sources(of principal: Principal) -> [(StreamBook.Name, StreamBook)] {
    guard principal.tenant != nil else { return sources() }
    return sources().filter { $0.0.tenantScope == principal.tenantScope }
  }

  /// When a query that begins now must have ended, as a monotonic time.
  func deadline() -> Int64 { Clock.coarseMonotonic + queryTime }
}

/// Every route of the collector.
package struct Routes: Sendable {
  let services: Services

  /// The routes over `services`.
  package init(_ services: Services) {
    self.services = services
  }

  /// All of them.
  package var all: [Route] {
    intake + windows + spend + history + groups + operations
  }

  private var intake: [Route] {
    [
      Route("POST", "/v1/events", .ingest, .intake(.events)),
      Route("POST", "/v1/traces", .ingest, .intake(.otlp(.traces))),
      Route("POST", "/v1/logs", .ingest, .intake(.otlp(.logs))),
      Route("POST", "/v1/metrics", .ingest, .intake(.otlp(.metrics))),
      Route("POST", "/api/public/otel/v1/traces", .ingest, .intake(.otlp(.traces))),
    ]
  }
}
