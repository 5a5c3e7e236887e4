internal import PromQL

/// Something a rule found at one evaluation, before the rule's labels and texts.
struct AlertCandidate {
  /// What the alert is called.
  var name: String
  /// Its labels and value.
  var sample: RuleSample
  /// Labels that the rule's own override.
  var defaults: [Label] = []
  /// What a detector takes for usual.
  var usual: Double?

  /// The alert of a rule that watches nothing.
  static func noData(_ rule: AlertingRule) -> Self {
    let labels = Labels([Label("no_data", "true")])
    return Self(name: rule.name, sample: RuleSample(labels: labels, value: .float(0)))
  }
}

/// Makes alerts of candidates: labels and annotations of the rule, templates filled in.
struct AlertTexts {
  private let rule: AlertingRule
  private let time: Int64
  private let settings: EvaluationSettings
  private let context: TemplateContext

  init(
    _ rule: AlertingRule, at time: Int64, _ settings: EvaluationSettings,
    _ query: @escaping (String) throws(RuleFailure) -> [RuleSample]
  ) {
    (self.rule, self.time, self.settings) = (rule, time, settings)
    context = TemplateContext(time: time, externalURL: settings.externalURL, query: query)
  }

  /// The alerts by their labels; fails when two have the same.
  func alerts(of candidates: [AlertCandidate]) throws(RuleFailure) -> [Labels: ActiveAlert] {
    var alerts: [Labels: ActiveAlert] = [:]
    for candidate in candidates {
      let alert = alert(of: candidate)
      if alerts.updateValue(alert, forKey: alert.labels) != nil {
        throw RuleFailure(
          "vector contains metrics with the same labelset after applying alert labels")
      }
    }
    return alerts
  }

  private func alert(of candidate: AlertCandidate) -> ActiveAlert {
    let sample = candidate.sample
    var data = TemplateData(sample, settings)
    data.usual = candidate.usual
    var labels = sample.labels.setting(LabelName.metric, to: "")
    for label in candidate.defaults { labels = labels.setting(label.name, to: label.value) }
    for label in rule.labels {
      labels = labels.setting(label.name, to: text(label.template, data))
    }
    labels = labels.setting(AlertName.label, to: candidate.name)
    let annotations = rule.annotations.map { Label($0.name, text($0.template, data)) }
    var alert = ActiveAlert(
      labels: labels, annotations: annotations, value: sample.value, activeAt: time)
    alert.usual = candidate.usual
    return alert
  }

  /// The text of a template; a failure shows in the text, as the alert matters more.
  private func text(_ template: Template, _ data: TemplateData) -> String {
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
