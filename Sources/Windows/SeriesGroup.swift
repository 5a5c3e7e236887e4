package import Telemetry

/// The groups of counters that share their labels: each label set is one series of a group, and
/// finding it once finds all its counters. Numbers are part of the file format.
package enum SeriesGroup: UInt8, CaseIterable, Sendable {
  case call = 0
  case service, tenant, prompt, span, score, scoreValue

  /// The dimensions that are its labels, in the order of labels.
  package var dimensions: [Dimension] {
    switch self {
    case .call: [.service, .provider, .model, .operation]
    case .service: [.service]
    case .tenant: [.tenant, .provider, .model]
    case .prompt: [.prompt, .promptVersion, .variant]
    case .span: [.service, .kind, .name]
    case .score, .scoreValue: [.score, .evaluator, .model, .prompt, .promptVersion]
    }
  }

  /// The names of its labels.
  package var labels: [String] { Self.labels[Int(rawValue)] }

  private static let labels = allCases.map { group in
    let names = group.dimensions.map(\.name)
    return switch group {
    case .score: ["name"] + names.dropFirst()
    case .scoreValue: ["name"] + names.dropFirst() + ["value"]
    default: names
    }
  }

  /// How many counters a series has.
  package var counters: Int {
    switch self {
    case .call: CallCounter.count
    case .service: ServiceCounter.count
    case .tenant: TenantCounter.count
    case .prompt: 1
    case .span: Status.allCases.count
    case .score: 0
    case .scoreValue: 1
    }
  }
  /// How many sums of 128 bits a series has.
  package var amounts: Int {
    switch self {
    case .call: CallAmount.count
    case .service, .tenant, .prompt: 1
    case .span, .score, .scoreValue: 0
    }
  }
  /// How many histograms a series has.
  package var histograms: Int {
    switch self {
    case .call: 2
    case .prompt, .span, .score: 1
    case .service, .tenant, .scoreValue: 0
    }
  }
}

/// Where the counters of a call's series stand.
package enum CallCounter {
  /// Finished calls by status, in units of `EventFacts`.
  package static let requests = 0
  /// Errors by type.
  package static let errors = 3
  package static let withoutUsage = errors + ErrorType.allCases.count
  package static let retries = withoutUsage + 1
  /// Tokens by type, and those without a price.
  package static let tokens = retries + 1
  package static let unpriced = tokens + TokenLeaves.words.count
  /// How many counters there are.
  package static let count = unpriced + 1
}

/// Where the sums of a call's series stand.
package enum CallAmount {
  /// Picodollars.
  package static let cost = 0
  /// Nanoseconds waited, by reason: `waitReasons`.
  package static let waits = 1
  package static let count = waits + waitReasons.count
  /// What was waited for, in the order of sums.
  package static let waitReasons = ["retry", "gate", "queue", "pool"]
}

/// Where the counters of a service's series stand.
package enum ServiceCounter {
  /// Answers of the application's cache, by result.
  package static let cache = 0
  /// Log records by level; the last stands for records without one.
  package static let logs = CacheResult.allCases.count
  package static let count = logs + Level.allCases.count + 1
}

/// Where the counters of a tenant's series stand.
package enum TenantCounter {
  package static let requests = 0
  /// Tokens by type, and those without a price.
  package static let tokens = 1
  package static let unpriced = tokens + TokenLeaves.words.count
  package static let count = unpriced + 1
}
