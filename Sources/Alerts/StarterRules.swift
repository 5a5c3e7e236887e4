/// Rules that the collector brings along. Each keeps quiet where there is too little traffic to
/// judge, and compares with the traffic's own past where no number is right for everybody.
package enum StarterRules {
  /// What stands for a path in messages.
  package static let path = "starter rules"

  /// The rules as a file.
  package static let text = """
    groups:
      - name: starter
        interval: 30s
        labels: {source: starter}
        rules:
    \(errors)\(latency)\(money)\(loops)\(usage)\(scores)
      - name: starter-collector
        interval: 30s
        labels: {source: starter, service: barograph}
        rules:
    \(collector)
    """

  private static let errors = """
          - alert: ErrorRate
            expr: |
              sum by (service, provider, model) \
    (increase(llm_errors_total{error_type!~"rate_limit|cancelled"}[2m]))
                / sum by (service, provider, model) (increase(llm_requests_total[2m])) > 0.15
              and sum by (service, provider, model) \
    (increase(llm_errors_total{error_type!~"rate_limit|cancelled"}[2m])) >= 12
            until: |
              sum by (service, provider, model) \
    (increase(llm_errors_total{error_type!~"rate_limit|cancelled"}[5m]))
                / sum by (service, provider, model) (increase(llm_requests_total[5m])) > 0.05
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.service }}: {{ $value | humanizePercentage }} of calls to {{ \
    $labels.model }} fail"
              description: "More than 15 % of the calls of two minutes failed, rate limits aside, \
    and at least 12 of them."
              runbook_url: \(StarterRunbooks.link("ErrorRate"))
          - alert: ProviderOutage
            expr: |
              sum by (provider) \
    (increase(llm_errors_total{error_type=~"server|timeout|network"}[1m]))
                / sum by (provider) (increase(llm_requests_total[1m])) > 0.4
              and sum by (provider) \
    (increase(llm_errors_total{error_type=~"server|timeout|network"}[1m])) >= 10
            until: |
              sum by (provider) \
    (increase(llm_errors_total{error_type=~"server|timeout|network"}[5m]))
                / sum by (provider) (increase(llm_requests_total[5m])) > 0.1
            labels: {severity: critical}
            annotations:
              summary: "{{ $labels.provider }} is down: {{ $value | humanizePercentage }} of \
    calls fail"
              description: "More than 40 % of all calls to the provider ended in a server, \
    network or timeout error within a minute."
              runbook_url: \(StarterRunbooks.link("ProviderOutage"))
          - alert: RateLimitStorm
            expr: |
              sum by (service, provider, model) \
    (increase(llm_errors_total{error_type="rate_limit"}[2m]))
                / sum by (service, provider, model) (increase(llm_requests_total[2m])) > 0.15
              and sum by (service, provider, model) \
    (increase(llm_errors_total{error_type="rate_limit"}[2m])) >= 12
            until: |
              sum by (service, provider, model) \
    (increase(llm_errors_total{error_type="rate_limit"}[5m]))
                / sum by (service, provider, model) (increase(llm_requests_total[5m])) > 0.05
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.service }}: {{ $labels.provider }} refuses {{ $value | \
    humanizePercentage }} of calls to {{ $labels.model }}"
              description: "The provider's rate limit refused more than 15 % of the calls of two \
    minutes."
              runbook_url: \(StarterRunbooks.link("RateLimitStorm"))
          - alert: RetryStorm
            expr: |
              sum by (service, provider, model) (increase(llm_retries_total[2m]))
                / sum by (service, provider, model) (increase(llm_requests_total[2m])) > 0.4
              and sum by (service, provider, model) (increase(llm_retries_total[2m])) >= 20
            until: |
              sum by (service, provider, model) (increase(llm_retries_total[5m]))
                / sum by (service, provider, model) (increase(llm_requests_total[5m])) > 0.15
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.service }}: {{ $value | humanizePercentage }} of calls to {{ \
    $labels.model }} are retries"
              description: "More than 40 % of the calls of two minutes were not a first try."
              runbook_url: \(StarterRunbooks.link("RetryStorm"))

    """

  private static let latency =
    slower(
      "LatencyRegression", of: "llm_request_duration_seconds", "calls take")
    + slower("FirstTokenRegression", of: "llm_time_to_first_token_seconds", "first tokens take")
    + drift(
      "LatencyDrift", "llm_request_duration_seconds_sum", "llm_request_duration_seconds_count",
      "calls take")
    + drift("CostDrift", "llm_cost_usd_total", "llm_requests_total", "calls cost")

  /// The mean of some minutes against that of the day before.
  private static func slower(_ name: String, of metric: String, _ words: String) -> String {
    let by = "sum by (service, provider, model)"
    return """
            - alert: \(name)
              expr: |
                (\(by) (rate(\(metric)_sum[3m])) / \(by) (rate(\(metric)_count[3m])))
                  / (\(by) (rate(\(metric)_sum[1d] offset 5m)) / \(by) (rate(\(metric)_count[1d] \
      offset 5m))) > 1.6
                and \(by) (increase(\(metric)_count[3m])) >= 40
                and \(by) (increase(\(metric)_count[1d] offset 5m)) >= 1000
              until: |
                (\(by) (rate(\(metric)_sum[5m])) / \(by) (rate(\(metric)_count[5m])))
                  / (\(by) (rate(\(metric)_sum[1d] offset 5m)) / \(by) (rate(\(metric)_count[1d] \
      offset 5m))) > 1.3
              for: 6m
              labels: {severity: warning}
              annotations:
                summary: "{{ $labels.service }}: \(words) {{ $value | printf \\"%.1f\\" }} times \
      what is usual with {{ $labels.model }}"
                description: "The mean of three minutes is more than 1.6 times that of the day \
      before."
                runbook_url: \(StarterRunbooks.link(name))

      """
  }

  /// The mean of an hour against that of a day a week ago.
  private static func drift(
    _ name: String, _ sum: String, _ count: String, _ words: String
  ) -> String {
    let by = "sum by (service, provider, model)"
    return """
            - alert: \(name)
              expr: |
                (\(by) (rate(\(sum)[1h])) / \(by) (rate(\(count)[1h])))
                  / (\(by) (rate(\(sum)[1d] offset 6d)) / \(by) (rate(\(count)[1d] offset 6d)))
                    > 1.75
                and \(by) (increase(\(count)[1h])) >= 300
                and \(by) (increase(\(count)[1d] offset 6d)) >= 1000
              until: |
                (\(by) (rate(\(sum)[1h])) / \(by) (rate(\(count)[1h])))
                  / (\(by) (rate(\(sum)[1d] offset 6d)) / \(by) (rate(\(count)[1d] offset 6d)))
                    > 1.4
              for: 5m
              keep_firing_for: 1h
              labels: {severity: warning}
              annotations:
                summary: "{{ $labels.service }}: \(words) {{ $value | printf \\"%.1f\\" }} times \
      what they did a week ago with {{ $labels.model }}"
                description: "The mean of an hour is more than 1.75 times that of the day a week \
      ago."
                runbook_url: \(StarterRunbooks.link(name))

      """
  }

  private static let money =
    spike(
      "CostSpike", "llm_cost_usd_total", least: "0.05",
      "{{ $labels.service }}: {{ $labels.model }} costs {{ $value | printf \\\"%.1f\\\" }} times "
        + "what it did in the hour before"
    )
    + spike(
      "TokenSpike", "llm_tokens_total", least: "20000",
      "{{ $labels.service }}: {{ $labels.model }} uses {{ $value | printf \\\"%.1f\\\" }} times "
        + "the tokens of the hour before"
    )

  /// What two minutes bring against the hour before, and against the same hour yesterday; the fewer
  /// the calls, the more it takes.
  private static func spike(
    _ name: String, _ metric: String, least: String, _ summary: String
  ) -> String {
    let by = "sum by (service, provider, model)"
    return """
            - {record: "starter:\(metric):rate2m", expr: "\(by) (rate(\(metric)[2m]))"}
            - alert: \(name)
              expr: |
                \(by) (rate(\(metric)[2m])) / \(by) (rate(\(metric)[1h] offset 2m))
                  > 2 + 9 / sqrt(\(by) (increase(llm_requests_total[2m])))
                and \(by) (rate(\(metric)[2m])) / \(by) (rate(\(metric)[1h] offset 23h30m)) > 1.5
                and on (service, provider, model) starter:\(metric):rate2m
                  > 1.3 * max_over_time(starter:\(metric):rate2m[1d] offset 5m)
                and \(by) (increase(\(metric)[2m])) > \(least)
                and \(by) (increase(llm_requests_total[2m])) >= 25
              until: |
                \(by) (rate(\(metric)[5m])) / \(by) (rate(\(metric)[1d] offset 5m)) > 2
              for: 30s
              labels: {severity: warning}
              annotations:
                summary: "\(summary)"
                description: "Two minutes brought more than twice what the hour before did in the \
      same time, by more than chance explains, and more than any two of the day before."
                runbook_url: \(StarterRunbooks.link(name))

      """
  }

  private static let loops = """
          - alert: RunawayLoop
            expr: |
              sum by (service, kind, name) (rate(spans_total{kind=~"tool|agent"}[1m])) / sum by \
    (service, kind, name) (rate(spans_total{kind=~"tool|agent"}[1h] offset 1m)) > 4
              and sum by (service, kind, name) (increase(spans_total{kind=~"tool|agent"}[1m])) >= 30
              and sum by (service, kind, name) (increase(spans_total{kind=~"tool|agent"}[1h] \
    offset 1h)) > 0
            until: |
              sum by (service, kind, name) (rate(spans_total{kind=~"tool|agent"}[5m])) / sum by \
    (service, kind, name) (rate(spans_total{kind=~"tool|agent"}[1d] offset 5m)) > 2.5
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.service }}: {{ $labels.kind }} {{ $labels.name }} runs {{ \
    $value | printf \\"%.0f\\" }} times as often as in the hour before"
              description: "A tool or agent is called more than four times as often as in the \
    hour before, at least 30 times a minute."
              runbook_url: \(StarterRunbooks.link("RunawayLoop"))

    """

  private static let usage = """
          - alert: UnpricedTokens
            expr: |
              sum by (provider, model) (increase(llm_unpriced_tokens_total[5m])) / sum by \
    (provider, model) (increase(llm_tokens_total[5m])) > 0.5
              and sum by (provider, model) (increase(llm_unpriced_tokens_total[5m])) >= 20000
            keep_firing_for: 15m
            labels: {severity: warning}
            annotations:
              summary: "{{ $value | humanizePercentage }} of the tokens of {{ $labels.model }} \
    have no price"
              description: "What is shown as cost is too little. barograph prices tells which \
    price row is missing."
              runbook_url: \(StarterRunbooks.link("UnpricedTokens"))
          - alert: MissingUsage
            expr: |
              sum by (service, provider, model) (increase(llm_calls_without_usage_total[5m])) / \
    sum by (service, provider, model) (increase(llm_requests_total{status="ok"}[5m])) > 0.3
              and sum by (service, provider, model) (increase(llm_calls_without_usage_total[5m])) \
    >= 20
            keep_firing_for: 15m
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.service }}: {{ $value | humanizePercentage }} of calls to {{ \
    $labels.model }} tell no tokens"
              description: "Successful calls without usage cannot be priced; streams often have \
    to be asked for it."
              runbook_url: \(StarterRunbooks.link("MissingUsage"))

    """

  private static let scores = """
          - record: starter:eval_score:distance
            expr: |
              (sum by (name, model) (rate(eval_score_sum[2m])) / sum by (name, model) \
    (rate(eval_score_count[2m]))
                - sum by (name, model) (rate(eval_score_sum[1d] offset 5m)) / sum by (name, \
    model) (rate(eval_score_count[1d] offset 5m)))
              * sqrt(sum by (name, model) (increase(eval_score_count[2m])))
          - alert: ScoreDrop
            expr: |
              sum by (name, model) (rate(eval_score_sum[2m])) / sum by (name, model) \
    (rate(eval_score_count[2m]))
                / (sum by (name, model) (rate(eval_score_sum[1d] offset 5m)) / sum by (name, \
    model) (rate(eval_score_count[1d] offset 5m))) < 0.88
              and on (name, model) starter:eval_score:distance < -5 * \
    stddev_over_time(starter:eval_score:distance[6h] offset 5m)
              and sum by (name, model) (increase(eval_score_count[2m])) >= 10
              and on (name, model) count_over_time(starter:eval_score:distance[6h] offset 5m) >= 120
            until: |
              sum by (name, model) (rate(eval_score_sum[10m])) / sum by (name, model) \
    (rate(eval_score_count[10m]))
                / (sum by (name, model) (rate(eval_score_sum[1d] offset 10m)) / sum by (name, \
    model) (rate(eval_score_count[1d] offset 10m))) < 0.93
            for: 30s
            labels: {severity: warning}
            annotations:
              summary: "Score {{ $labels.name }} of {{ $labels.model }} is {{ $value | \
    humanizePercentage }} of what it was the day before"
              description: "The mean of two minutes is more than 12 % below that of the day \
    before, and further than chance explains."
              runbook_url: \(StarterRunbooks.link("ScoreDrop"))
    """

  private static let collector =
    lost("Shed", "barograph_events_shed_total", "sheds events because it cannot keep up", 1)
    + lost("Rejected", "barograph_events_rejected_total", "rejects events", 100)
    + lost("Rollbacks", "barograph_rollbacks_total", "cannot commit to its store", 1)
    + lost("Upkeep", "barograph_upkeep_failures_total", "cannot keep up its store", 1)
    + lost("RuleFailures", "barograph_rule_failures_total", "cannot evaluate rules", 5)

  /// Counters of the collector itself have no past but what a rule records.
  private static func lost(
    _ name: String, _ metric: String, _ words: String, _ least: Int
  ) -> String {
    let recorded = "starter:" + metric.dropFirst("barograph_".count)
    return """
            - {record: "\(recorded)", expr: sum(\(metric))}
            - alert: Collector\(name)
              expr: increase(\(recorded)[5m]) >= \(least)
              keep_firing_for: 5m
              labels: {severity: warning}
              annotations:
                summary: "The collector \(words): {{ $value | printf \\"%.0f\\" }} in five minutes"
                description: "See /metrics, {{ \\"\(metric)\\" }}, and barograph doctor."
                runbook_url: \(StarterRunbooks.link("Collector\(name)"))

      """
  }
}
