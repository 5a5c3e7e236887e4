/// What to make of each alert of the starter rules, and where to look. The page about them says the
/// same, and so does the collector at `/docs`, to which `runbook_url` leads.
package enum StarterRunbooks {
  /// The alerts' names with a text each, in the order of the page; code stands in backquotes.
  package static let all: [(alert: String, text: String)] = [
    (
      "ErrorRate",
      """
      More than 15 % of the calls of a service to a model failed within two minutes, rate \
      limits aside, and at least 12 of them. It goes on until five minutes have less than 5 %. \
      Look at the error types (`barograph top`, `GET /v1/errors`), then at the calls named by \
      the alert: `invalid_request` and `context_length` come from the service, `auth` from a \
      key, `server`, `timeout` and `network` from the provider.
      """
    ),
    (
      "ProviderOutage",
      """
      More than 40 % of all calls to a provider ended in a server, network or timeout error \
      within a minute, and at least 10 did. Critical. Look at the provider's status page; send \
      the traffic elsewhere.
      """
    ),
    (
      "RateLimitStorm",
      """
      A provider's rate limit refused more than 15 % of the calls of two minutes, and at least \
      12. Spread the calls, ask for a higher limit, or look for who began to send more: \
      `topk(5, sum by (service) (rate(llm_requests_total[5m])))`.
      """
    ),
    (
      "RetryStorm",
      """
      More than 40 % of the calls of two minutes were not a first try, and at least 20. \
      Retries make an outage longer: look at back-off and at the number of tries.
      """
    ),
    (
      "LatencyRegression",
      """
      Calls take more than 1.6 times as long as in the day before: the mean of three minutes \
      with at least 40 calls, for six minutes, so that a single call that hangs is no alarm.
      """
    ),
    (
      "FirstTokenRegression",
      """
      The time to the first token is more than 1.6 times that of the day before; otherwise as \
      `LatencyRegression`.
      """
    ),
    (
      "LatencyDrift",
      """
      Calls take more than 1.75 times as long as on the day a week ago: the mean of an hour \
      with at least 300 calls. What grows slowly is usual to every rule that looks back less \
      far.
      """
    ),
    (
      "CostDrift",
      """
      A call costs more than 1.75 times as much as on the day a week ago, the mean of an hour \
      with at least 300 calls: prompts that grow, a model that became dearer.
      """
    ),
    (
      "CostSpike",
      """
      Two minutes cost more than twice what the hour before did in the same time, by more than \
      chance explains (2 + 9 ÷ √calls times, of at least 25 calls), more than 1.5 times the \
      same hour of the day before, and 1.3 times any two minutes since then. Models that are \
      not there for a day yet are left out. `CostSpike` and `TokenSpike` together: more or \
      longer calls; `CostSpike` alone: dearer ones.
      """
    ),
    (
      "TokenSpike",
      """
      Two minutes took more than twice the tokens of the hour before; otherwise as \
      `CostSpike`.
      """
    ),
    (
      "RunawayLoop",
      """
      A tool or agent of a service runs more than four times as often as in the hour before, \
      at least 30 times a minute. Look for the trace with most spans; a loop mostly is one \
      session.
      """
    ),
    (
      "UnpricedTokens",
      """
      More than half of a model's tokens have no price, and at least 20,000 in five minutes: \
      what is shown as cost is too little. `barograph doctor` names the models; put them into \
      a file of `prices`.
      """
    ),
    (
      "MissingUsage",
      """
      More than 30 % of the calls that went well told no tokens, at least 20 in five minutes. \
      Streams often have to be asked for it.
      """
    ),
    (
      "ScoreDrop",
      """
      The mean score of two minutes is more than 12 % below that of the day before, and by \
      more than 5 times what the scores of six hours stray, for 30 seconds.
      """
    ),
    (
      "CollectorShed",
      """
      The collector shed events: it cannot keep up, or a client is over its limit. `barograph \
      doctor` names the source.
      """
    ),
    (
      "CollectorRejected",
      """
      The collector rejected 100 events or more within five minutes. `barograph doctor` names \
      source and reason.
      """
    ),
    (
      "CollectorRollbacks",
      """
      The store refused a transaction: look at the disk and at the log.
      """
    ),
    (
      "CollectorUpkeep",
      """
      Retention or roll-ups failed: look at the disk and at the log.
      """
    ),
    (
      "CollectorRuleFailures",
      """
      Rules could not be evaluated: `GET /api/v1/rules` says why.
      """
    ),
  ]

  /// What an alert's annotation `runbook_url` says: a template, and no link where `external_url` is
  /// not set.
  static func link(_ alert: String) -> String { "\"{{ externalURL }}/docs#\(alert)\"" }
}
