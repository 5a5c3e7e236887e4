internal import PromQL

/// An alerting rule with its alerts. Time is an argument; nothing is sent.
package struct AlertEvaluation: Sendable {
  /// What is evaluated.
  package let rule: AlertingRule
  private var byLabels: [Labels: ActiveAlert] = [:]

  /// A rule without alerts.
  package init(_ rule: AlertingRule) { self.rule = rule }

  /// A rule with the alerts of an earlier version of it.
  init(_ rule: AlertingRule, resuming old: AlertEvaluation) {
    self.rule = rule
    byLabels = old.byLabels
  }

  /// The alerts, those lately resolved among them, sorted by labels.
  package var alerts: [ActiveAlert] {
    byLabels.values.sorted { $0.labels.precedes($1.labels) }
  }

  /// Takes the state one step further and gives the samples of its series. On failure the state is
  /// that of before, but no alert is left when there are more than `limit`.
  mutating func step(
    _ samples: [RuleSample], at time: Int64, limit: Int, settings: EvaluationSettings,
    query: @escaping (String) throws(RuleFailure) -> [RuleSample]
  ) throws(RuleFailure) -> [RuleSample] {
    let context = TemplateContext(
      time: time, externalURL: settings.externalURL, query: query)
    let given = try alerts(of: samples, at: time, settings, context)
    for (labels, alert) in given {
      guard var known = byLabels[labels], known.state != .resolved else {
        byLabels[labels] = alert
        continue
      }
      known.value = alert.value
      known.annotations = alert.annotations
      byLabels[labels] = known
    }
    var series: [RuleSample] = []
    var count = 0
    for alert in alerts {
      guard
        let next = advanced(alert, isGiven: given[alert.labels] != nil, at: time, settings)
      else {
        byLabels[alert.labels] = nil
        continue
      }
      byLabels[alert.labels] = next
      guard next.state != .resolved else { continue }
      count += 1
      series += next.series
    }
    if limit > 0, count > limit {
      byLabels = [:]
      throw RuleFailure("exceeded limit of \(limit) with \(count) alerts")
    }
    return series
  }

  /// The alert after this evaluation; nil when it is forgotten.
  private func advanced(
    _ alert: ActiveAlert, isGiven: Bool, at time: Int64, _ settings: EvaluationSettings
  ) -> ActiveAlert? {
    var alert = alert
    if isGiven {
      alert.keepFiringSince = nil
    } else {
      switch alert.state {
      case .pending: return nil
      case .firing:
        guard rule.keepFiring > 0, time - (alert.keepFiringSince ?? time) < rule.keepFiring else {
          alert.state = .resolved
          alert.resolvedAt = time
          return alert
        }
        if alert.keepFiringSince == nil { alert.keepFiringSince = time }
      case .resolved:
        let age = time - (alert.resolvedAt ?? time)
        return age > settings.resolvedRetention ? nil : alert
      }
    }
    if alert.state == .pending, time - alert.activeAt >= rule.hold {
      alert.state = .firing
      alert.firedAt = time
    }
    return alert
  }

  private func alerts(
    of samples: [RuleSample], at time: Int64, _ settings: EvaluationSettings,
    _ context: TemplateContext
  ) throws(RuleFailure) -> [Labels: ActiveAlert] {
    var alerts: [Labels: ActiveAlert] = [:]
    for sample in samples {
      let data = TemplateData(sample, settings)
      var labels = sample.labels.setting(LabelName.metric, to: "")
      for label in rule.labels {
        labels = labels.setting(label.name, to: Self.text(label.template, data, context))
      }
      labels = labels.setting(AlertName.label, to: rule.name)
      let annotations = rule.annotations.map {
        Label($0.name, Self.text($0.template, data, context))
      }
      let alert = ActiveAlert(
        labels: labels, annotations: annotations, value: sample.value, activeAt: time)
      if alerts.updateValue(alert, forKey: labels) != nil {
        throw RuleFailure(
          "vector contains metrics with the same labelset after applying alert labels")
      }
    }
    return alerts
  }

  /// The text of a template; a failure shows in the text, as the alert matters more.
  private static func text(
    _ template: Template, _ data: TemplateData, _ context: TemplateContext
  ) -> String {
    do throws(TemplateError) {
      return try template.expanded(data, in: context)
    } catch {
      return "<error expanding template: \(error)>"
    }
  }
}

extension TemplateData {
  fileprivate init(_ sample: RuleSample, _ settings: EvaluationSettings) {
    self.init()
    labels = sample.labels.dictionary
    externalLabels = settings.externalLabels
    externalURL = settings.externalURL
    value =
      switch sample.value {
      case .float(let value): .float(value)
      case .histogram(let histogram): .histogram(SeriesNotation.text(histogram))
      }
  }
}
