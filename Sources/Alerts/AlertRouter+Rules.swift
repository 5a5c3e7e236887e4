internal import Codec
internal import PromQL

/// What rules found, as the router takes it.
extension AlertRouter {
  /// Alerts that begin to fire at one time and are looked into; the others are only told.
  package static let causeLimit = 20

  /// Takes the alerts of a group of rules in `file` as they stand at `time`; gives those that began
  /// to fire or were over, which nobody gave before. `cause` looks into one that begins to fire.
  package mutating func take(
    _ evaluation: GroupEvaluation, of file: String, at time: Int64,
    cause: (AlertingRule, ActiveAlert) -> AlertCause?
  ) -> [AlertChange] {
    var changes: [AlertChange] = []
    var looks = 0
    for (part, name) in evaluation.alertNames(of: file).sorted(by: { $0.key < $1.key }) {
      guard case .alerting(let evaluation) = evaluation.parts[part] else { continue }
      var told: [NotifiedAlert] = []
      for alert in evaluation.alerts {
        guard let firedAt = alert.firedAt else { continue }
        let known = alerts[alert.labels]?[name]
        let isKnown = known?.startsAt == firedAt
        let isOver = alert.resolvedAt != nil
        if !isKnown, isOver { continue }
        if !isKnown { looks += 1 }
        let found =
          isKnown ? known?.cause : looks > Self.causeLimit ? nil : cause(evaluation.rule, alert)
        let notified = notified(alert, evaluation.rule, firedAt: firedAt, cause: found)
        told.append(notified)
        if !isKnown || isOver && known?.endsAt == nil {
          changes.append(AlertChange(alert: notified, activeAt: alert.activeAt, rule: name))
        }
      }
      take(told, of: name, at: time)
    }
    return changes
  }

  private func notified(
    _ alert: ActiveAlert, _ rule: AlertingRule, firedAt: Int64, cause: AlertCause?
  ) -> NotifiedAlert {
    NotifiedAlert(
      labels: alert.labels, annotations: alert.annotations, startsAt: firedAt,
      endsAt: alert.resolvedAt, value: alert.plainValue, cause: cause,
      generatorURL: policy.queryURL(rule.query.text, at: firedAt))
  }
}

extension GroupEvaluation {
  /// Names of the alerting rules by their places: the same after the file was edited around them.
  func alertNames(of file: String) -> [Int: String] {
    var seen: [String: Int] = [:]
    var names: [Int: String] = [:]
    for (place, part) in parts.enumerated() {
      guard case .alerting(let evaluation) = part else { continue }
      let count = seen[evaluation.rule.name, default: 0]
      seen[evaluation.rule.name] = count + 1
      let name = "\(file)\n\(group.name)\n\(evaluation.rule.name)"
      names[place] = count == 0 ? name : "\(name)\n\(count)"
    }
    return names
  }
}

/// An alert that began to fire, or was over.
package struct AlertChange: Equatable, Sendable {
  package let alert: NotifiedAlert
  /// When its condition was first met, in milliseconds since 1970.
  package let activeAt: Int64
  /// The file, group and name of the rule that makes it, a line each.
  package let rule: String

  /// A change of an alert that the rule makes.
  package init(alert: NotifiedAlert, activeAt: Int64, rule: String) {
    (self.alert, self.activeAt, self.rule) = (alert, activeAt, rule)
  }
}

extension ActiveAlert {
  /// The value as people write it: `0.12`.
  var plainValue: String {
    switch value {
    case .float(let value): NumberFormat.plain(value)
    case .histogram(let histogram): SeriesNotation.text(histogram)
    }
  }
}

extension AlertPolicy {
  /// Where an expression's answer at a time can be looked at; empty without `externalURL`.
  func queryURL(_ text: String, at time: Int64) -> String {
    guard !externalURL.isEmpty else { return "" }
    return "\(externalURL)/api/v1/query?query=\(Self.escaped(text))&time=\(time / 1_000)"
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.reduce(into: "") { output, byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if isPlain || "-._~".unicodeScalars.contains(scalar) {
        output.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        output += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
  }
}
