/// How long what is kept. Ages are ns since receipt; an event's own time does not matter.
package struct RetentionPolicy: Equatable, Sendable {
  /// Calls, spans and scores; logs; prompts, answers and stacks.
  package var events = Self.day * 7
  package var logs = Self.day * 7
  package var payloads = Self.day * 7
  /// What was counted by minute and by hour.
  package var minutes = Self.day * 30
  package var hours = Self.day * 400
  /// Acts of administrators.
  package var audit = Self.day * 400
  /// Bytes in use beyond which the oldest events go early.
  package var bytes = 50 << 30
  /// Tenants whose events are kept longer or shorter.
  package var tenants: [Tenant] = []

  /// What is different for one tenant; nil is as for all.
  package struct Tenant: Equatable, Sendable {
    package let tenant: String
    package var events: Int64?
    package var logs: Int64?
    package var payloads: Int64?

    /// A tenant with nothing different.
    package init(_ tenant: String) {
      self.tenant = tenant
    }
  }

  /// The age beyond which no event is kept, whatever it is and whose.
  var oldestEvent: Int64 {
    let own = tenants.flatMap { [$0.events, $0.logs] }.compactMap { $0 }
    return max(events, logs, own.max() ?? 0)
  }

  private static let day: Int64 = 86_400 * 1_000_000_000

  /// The defaults of the contract.
  package init() {}
}

/// One rule of a policy: what goes when it was received before a horizon.
struct RetentionRule: Equatable {
  enum Kind: String, CaseIterable {
    case events, logs, payloads
  }

  let kind: Kind
  /// The tenant it is for, or nil for all that have no rule of their own.
  let tenant: String?
  /// Tenants that it is not for.
  let exceptions: [String]
  /// ns since receipt.
  let age: Int64

  /// The name under which its progress is kept in `meta`.
  var mark: String { "retention_\(kind.rawValue)" + (tenant.map { "/\($0)" } ?? "") }

  /// The rules of a policy. Payloads have one where they go before what they belong to.
  static func all(_ policy: RetentionPolicy) -> [RetentionRule] {
    var rules: [RetentionRule] = []
    func add(_ tenant: String?, _ exceptions: [String], _ ages: [Kind: Int64]) {
      for kind in Kind.allCases {
        guard let age = ages[kind] else { continue }
        if kind == .payloads, let events = ages[.events], let logs = ages[.logs],
          age >= max(events, logs)
        {
          continue
        }
        rules.append(RetentionRule(kind: kind, tenant: tenant, exceptions: exceptions, age: age))
      }
    }
    let names = policy.tenants.map(\.tenant)
    add(nil, names, [.events: policy.events, .logs: policy.logs, .payloads: policy.payloads])
    for own in policy.tenants {
      add(
        own.tenant, [],
        [
          .events: own.events ?? policy.events, .logs: own.logs ?? policy.logs,
          .payloads: own.payloads ?? policy.payloads,
        ])
    }
    return rules
  }
}
