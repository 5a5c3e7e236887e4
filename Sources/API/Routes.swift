package import Exposition
package import Serving
package import Telemetry

/// What the routes stand on; other rooms hand it in.
package struct Services: Sendable {
  package let rejects: RejectStore
  package let direct: DirectIntake
  package let metrics: @Sendable () -> [MetricFamily]
  package let health: @Sendable () -> HealthReport
  /// Loads the configuration again; gives what is wrong with it, or nil.
  package let reload: @Sendable () -> String?

  /// The services of one collector.
  package init(
    rejects: RejectStore, direct: DirectIntake, metrics: @escaping @Sendable () -> [MetricFamily],
    health: @escaping @Sendable () -> HealthReport, reload: @escaping @Sendable () -> String?
  ) {
    self.rejects = rejects
    self.direct = direct
    self.metrics = metrics
    self.health = health
    self.reload = reload
  }
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
    [Route("POST", "/v1/events", .ingest, .intake(.events))] + operations
  }
}
