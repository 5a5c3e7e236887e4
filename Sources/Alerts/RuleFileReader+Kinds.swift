internal import Codec
internal import PromQL

/// What the kinds of alerting rules say.
extension RuleFileReader {
  /// What a rule watches and the expression that stands for it.
  mutating func watched(
    _ word: RuleWord, _ name: String, _ fields: NodeFields
  ) -> (AlertKind, RuleQuery)? {
    switch word {
    case .anomaly:
      let rule = anomaly(fields)
      return query(of: fields).map { (.anomaly(rule), $0) }
    case .budget: return budget(name, fields)
    case .absent: return absence(fields)
    case .record, .alert, .slo: return query(of: fields).map { (.expression, $0) }
    }
  }

  /// `until`, `hits`, `of` and `no_data`.
  mutating func steadiness(of fields: NodeFields) -> Steadiness {
    var steadiness = Steadiness()
    if fields["until"] != nil { steadiness.until = query(of: fields, "until") }
    steadiness.noData = fields.word("no_data", &problems) ?? .ok
    steadiness.hits = fields.whole("hits", &problems) ?? 1
    steadiness.of = fields.whole("of", &problems) ?? max(steadiness.hits, 1)
    if fields["hits"] != nil, fields["of"] == nil {
      problems.add("'hits' needs 'of': in how many evaluations", at: fields["hits"] ?? fields.node)
    }
    if steadiness.of > Steadiness.windowLimit || steadiness.of < 1 {
      problems.add(
        "of must be a whole number from 1 to \(Steadiness.windowLimit)",
        at: fields["of"] ?? fields.node)
    } else if steadiness.hits < 1 || steadiness.hits > steadiness.of {
      problems.add(
        "hits must be a whole number from 1 to 'of'", at: fields["hits"] ?? fields.node)
    }
    return steadiness
  }

  private mutating func anomaly(_ fields: NodeFields) -> AnomalyRule {
    var rule = AnomalyRule()
    rule.method = fields.word("method", &problems) ?? .mad
    rule.direction = fields.word("direction", &problems) ?? .both
    rule.season = fields.word("season", &problems) ?? .hourOfDay
    if fields["season"] != nil, rule.method != .seasonal {
      problems.add("season goes with method seasonal", at: fields["season"] ?? fields.node)
    }
    rule.sensitivity = fields.number("sensitivity", in: 0.5...1_000, &problems) ?? 4
    rule.minEffect = fields.number("min_effect", in: 0...1_000_000, &problems) ?? 0
    rule.minValue = fields.number("min_value", in: 0...(.infinity), &problems) ?? 0
    rule.minSamples = fields.whole("min_samples", &problems) ?? 30
    if rule.method == .mad, rule.minSamples > MedianModel.capacity {
      problems.add(
        "min_samples must be at most \(MedianModel.capacity) with method mad",
        at: fields["min_samples"] ?? fields.node)
    }
    if let train = fields.duration("train", &problems) {
      rule.train = train
      let least: Int64 =
        rule.method == .seasonal ? Int64(rule.season.hours) * 7_200_000 : 600_000
      if train < least {
        problems.add(
          "train must be at least \(DurationText.text(least)) here",
          at: fields["train"] ?? fields.node)
      }
    } else if rule.method == .seasonal {
      rule.train = Int64(rule.season.hours) * 3_600_000 * (rule.season == .hourOfDay ? 14 : 8)
    }
    return rule
  }

  private mutating func budget(_ name: String, _ fields: NodeFields) -> (AlertKind, RuleQuery)? {
    let match = matched(fields)
    let usd = fields.number("usd", in: 0.000_001...(.infinity), &problems)
    let period: CalendarPeriod? = fields.word("period", &problems)
    if fields["usd"] == nil { problems.add("a budget needs 'usd'", at: fields.node) }
    if fields["period"] == nil { problems.add("a budget needs 'period'", at: fields.node) }
    var warnings: [Double] = []
    for node in fields.list("warn", &problems) {
      guard let share = node.number, share > 0, share <= 10 else {
        problems.add("an element of warn must be a number above 0, 1 for all of the sum", at: node)
        continue
      }
      warnings.append(share)
    }
    if fields["warn"] == nil { warnings = [1] }
    let minCoverage = fields.number("min_coverage", in: 0...1, &problems)
    let family = CounterFamily.money.first { $0.has(match) }
    guard let family else {
      let labels = CounterFamily.money.map { $0.labels.joined(separator: ", ") }
      problems.add(
        "no counter of money has all labels of 'match'; there are those with "
          + labels.joined(separator: "; with "), at: fields["match"] ?? fields.node)
      return nil
    }
    if minCoverage != nil, family.unpriced == nil {
      problems.add(
        "tokens without a price are not counted by the labels of 'match', so there is no "
          + "'min_coverage' here", at: fields["min_coverage"] ?? fields.node)
    }
    let forecasts = fields.flag("forecast", &problems) ?? false
    guard let usd, let period, let (query, expressions) = expressions(family, match, fields.node)
    else { return nil }
    let rule = BudgetRule(
      name: name, usd: usd, period: period, match: match, warnings: Set(warnings).sorted(),
      forecasts: forecasts, minCoverage: minCoverage, expressions: expressions)
    return (.budget(rule), query)
  }

  private mutating func expressions(
    _ family: CounterFamily, _ match: [Label], _ node: ConfigNode
  ) -> (RuleQuery, BudgetExpressions)? {
    let selector = Self.selector(match)
    var cost = "sum(\(family.cost)\(selector))"
    if let adjustment = family.adjustment {
      cost += " + (sum(\(adjustment)\(selector)) or vector(0))"
    }
    guard let query = query(cost, at: node) else { return nil }
    guard let tokens = family.tokens, let unpriced = family.unpriced else {
      return (query, BudgetExpressions(cost: query.expression, tokens: nil))
    }
    var expressions: [Expression] = []
    for offset in ["", " offset 5m"] {
      for name in [tokens, unpriced] {
        guard let query = self.query("sum(\(name)\(selector)\(offset))", at: node) else {
          return nil
        }
        expressions.append(query.expression)
      }
    }
    return (query, BudgetExpressions(cost: query.expression, tokens: expressions))
  }

  private mutating func absence(_ fields: NodeFields) -> (AlertKind, RuleQuery)? {
    let match = matched(fields)
    guard let limit = fields.duration("for", &problems), limit > 0 else {
      if fields["for"] == nil { problems.add("an absence rule needs 'for'", at: fields.node) }
      return nil
    }
    let names = CounterFamily.events.filter { $0.has(match) }.map(\.cost)
    guard !names.isEmpty else {
      let labels = Set(CounterFamily.events.flatMap(\.labels)).sorted().joined(separator: ", ")
      problems.add(
        "no events are counted by all labels of 'match' at once; the labels are \(labels)",
        at: fields["match"] ?? fields.node)
      return nil
    }
    let name = Label(LabelName.metric, names.joined(separator: "|"))
    let text = "sum(\(Self.selector(match, pattern: name)))"
    return query(text, at: fields.node).map { (.absence(limit), $0) }
  }

  /// The labels under `match`, sorted by name.
  private mutating func matched(_ fields: NodeFields) -> [Label] {
    let labels = fields.texts("match", &problems).compactMap { entry -> Label? in
      guard LabelName.isPlain(entry.name), !entry.text.isEmpty else {
        problems.add("an entry of match must be a label and its value", at: entry.key)
        return nil
      }
      return Label(entry.name, entry.text)
    }
    return Labels(labels).entries
  }

  private static func selector(_ match: [Label], pattern: Label? = nil) -> String {
    var parts = match.map { "\($0.name)=\(TemplateQuote.text($0.value))" }
    if let pattern {
      parts.insert("\(pattern.name)=~\(TemplateQuote.text(pattern.value))", at: 0)
    }
    return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
  }
}

/// Counters that share their labels.
private struct CounterFamily {
  let labels: [String]
  /// Money, or of `events` what is counted.
  let cost: String
  var adjustment: String?
  var tokens: String?
  var unpriced: String?

  func has(_ match: [Label]) -> Bool { match.allSatisfy { labels.contains($0.name) } }

  private static let call = ["service", "provider", "model", "operation"]

  /// The first that has all labels is taken.
  static let money = [
    CounterFamily(
      labels: call, cost: "llm_cost_usd_total", adjustment: "llm_cost_adjustment_usd",
      tokens: "llm_tokens_total", unpriced: "llm_unpriced_tokens_total"),
    CounterFamily(
      labels: ["tenant", "provider", "model"], cost: "llm_tenant_cost_usd_total",
      tokens: "llm_tenant_tokens_total", unpriced: "llm_tenant_unpriced_tokens_total"),
    CounterFamily(
      labels: ["prompt", "prompt_version", "variant"], cost: "llm_prompt_cost_usd_total"),
  ]

  static let events = [
    CounterFamily(labels: call, cost: "llm_requests_total"),
    CounterFamily(labels: ["service", "kind", "name"], cost: "spans_total"),
    CounterFamily(labels: ["service"], cost: "log_records_total"),
    CounterFamily(labels: ["tenant", "provider", "model"], cost: "llm_tenant_requests_total"),
    CounterFamily(
      labels: ["prompt", "prompt_version", "variant"], cost: "llm_prompt_requests_total"),
    CounterFamily(
      labels: ["name", "evaluator", "model", "prompt", "prompt_version"], cost: "eval_score_count"),
  ]
}
