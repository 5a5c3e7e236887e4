internal import Codec
internal import PromQL

/// What every message says, in fixed words, before a service's form is put around it.
struct MessageWords {
  let notification: Notification
  /// Where this collector is reached, without a slash at its end; empty when it is not known.
  let externalURL: String
  let commonLabels: [Label]
  let commonAnnotations: [Label]

  init(_ notification: Notification, externalURL: String) {
    self.notification = notification
    self.externalURL =
      externalURL.hasSuffix("/") ? String(externalURL.dropLast()) : externalURL
    commonLabels = Self.common(notification.alerts.map(\.labels.entries))
    commonAnnotations = Self.common(notification.alerts.map(\.annotations))
  }

  /// How many alerts fire; those left out do, as alerts that fire come first.
  var firingCount: Int {
    let held = notification.alerts.count { $0.endsAt == nil }
    return held == notification.alerts.count ? held + notification.omitted : held
  }

  /// `[FIRING:2] ErrorRate (model=gpt-4o, severity=critical)`, on one line.
  func title(_ limit: Int) -> String {
    let by = notification.acknowledgedBy.map { " by \($0)" } ?? ""
    let isAcknowledged = notification.reason == .acknowledged
    return TextCut.line("[\(state)] \(subject)\(isAcknowledged ? by : "")", limit)
  }

  /// Where the alerts can be looked at; nil without an external URL.
  var link: String? {
    externalURL.isEmpty ? nil : externalURL + "/v1/alerts"
  }

  /// The most serious `severity` of the alerts that fire, or of all when none does.
  var severity: AlertSeverity {
    let firing = notification.alerts.filter { $0.endsAt == nil }
    let alerts = firing.isEmpty ? notification.alerts : firing
    return alerts.map { AlertSeverity($0.labels["severity"]) }.max() ?? .error
  }

  /// The alerts in words, the first of them, and how many are not among them.
  func alerts(_ limit: Int) -> (told: [AlertWords], more: Int) {
    let told = notification.alerts.prefix(limit).map { AlertWords($0, in: self) }
    return (told, notification.alerts.count - told.count + notification.omitted)
  }

  private var state: String {
    switch notification.reason {
    case .trial: return "TEST"
    case .acknowledged: return "ACKNOWLEDGED"
    case .state, .escalation:
      guard notification.isFiring else {
        let count = notification.alerts.count + notification.omitted
        return count > 1 ? "RESOLVED:\(count)" : "RESOLVED"
      }
      return notification.reason == .escalation
        ? "ESCALATED:\(firingCount)" : "FIRING:\(firingCount)"
    }
  }

  private var subject: String {
    let (name, others) = (commonName, commonLabels.filter { $0.name != AlertName.label })
    let group = notification.groupLabels.entries.filter { label in
      label.name != AlertName.label && !others.contains { $0.name == label.name }
    }
    let details = (group + others).prefix(4).map { "\($0.name)=\(TextCut.line($0.value, 60))" }
    return details.isEmpty ? name : "\(name) (\(details.joined(separator: ", ")))"
  }

  private var commonName: String {
    let names = notification.alerts.map { $0.labels[AlertName.label] }
    let first = names.first ?? notification.groupLabels[AlertName.label]
    let others = Set(names).subtracting([first]).count
    let shown = first.isEmpty ? "alert" : TextCut.line(first, 100)
    return others == 0 ? shown : "\(shown) and \(others) more"
  }

  /// The pairs that all lists have.
  private static func common(_ lists: [[Label]]) -> [Label] {
    guard let first = lists.first else { return [] }
    return first.filter { pair in lists.dropFirst().allSatisfy { $0.contains(pair) } }
  }
}

/// How serious an alert is, in the words services have for it.
enum AlertSeverity: Int, Comparable, Sendable {
  case info, warning, error, critical

  /// What the label `severity` says; an error when it says none of the four.
  init(_ label: String) {
    switch label {
    case "critical", "page": self = .critical
    case "warning", "warn": self = .warning
    case "info", "none": self = .info
    default: self = .error
    }
  }

  var name: String { "\(self)" }

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
