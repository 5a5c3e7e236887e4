internal import Codec
internal import PromQL

/// Reads rule files in YAML or JSON and says all that is wrong with them.
package struct RuleFileReader {
  private static let groupKeys = [
    "name", "interval", "query_offset", "delay", "limit", "labels", "rules",
  ]
  /// Milliseconds between evaluations of a group with a budget that does not say: tokens without a
  /// price are to be heard of within a minute.
  private static let budgetInterval: Int64 = 15_000

  let places: ScalarPlaces
  var problems = RuleProblems()
  private var seen: [String: (line: Int, column: Int)] = [:]

  private init(_ bytes: [UInt8]) {
    places = ScalarPlaces(bytes)
  }

  /// The groups of a file, without those rules that have an error, and its problems.
  package static func read(
    _ bytes: [UInt8], path: String
  ) -> (file: RuleFile, problems: [RuleProblem]) {
    var reader = Self(bytes)
    let groups = reader.groups(bytes)
    return (RuleFile(path: path, groups: groups), reader.problems.all)
  }

  private mutating func groups(_ bytes: [UInt8]) -> [RuleGroup] {
    let documents: [ConfigNode]
    do throws(ConfigSyntaxError) {
      documents = try ConfigReader.read(bytes)
    } catch {
      problems.add(error)
      return []
    }
    guard let root = documents.first else { return [] }
    if documents.count > 1 {
      problems.add("a second document; a rule file has one", at: documents[1])
    }
    guard let fields = NodeFields(root, "a rule file", keys: ["groups"], &problems) else {
      return []
    }
    var names: Set<String> = []
    return fields.list("groups", &problems).compactMap { node in
      problems.group = nil
      guard let group = group(node) else { return nil }
      if !names.insert(group.name).inserted {
        problems.add("the group name is repeated in the same file", at: node)
      }
      return group
    }
  }

  private mutating func group(_ node: ConfigNode) -> RuleGroup? {
    guard let fields = NodeFields(node, "a group", keys: Self.groupKeys, &problems) else {
      return nil
    }
    let name = fields.text("name", &problems) ?? ""
    problems.group = name
    if name.isEmpty { problems.add("a group needs a name", at: node) }
    let labels = labels(of: fields)
    var rules: [Rule] = []
    for (index, node) in fields.list("rules", &problems).enumerated() {
      problems.rule = "rule \(index + 1)"
      rules += self.rules(node, groupLabels: labels)
    }
    problems.rule = nil
    let hasBudget = rules.contains { rule in
      guard case .alerting(let rule) = rule, case .budget = rule.kind else { return false }
      return true
    }
    let interval = fields.duration("interval", &problems)
    let queryOffset = fields.duration("query_offset", &problems) ?? 0
    let delay = fields.duration("delay", &problems) ?? 0
    if queryOffset > 0, delay > 0 {
      problems.add(
        "'delay' moves all that 'query_offset' does; say one of them", at: fields["delay"] ?? node)
    }
    return RuleGroup(
      name: name, interval: interval ?? (hasBudget ? Self.budgetInterval : nil),
      queryOffset: queryOffset, delay: delay, limit: fields.whole("limit", &problems) ?? 0,
      rules: rules)
  }

  private mutating func labels(of fields: NodeFields) -> [Label] {
    fields.texts("labels", &problems).compactMap { entry in
      guard check(label: entry.name, at: entry.key) else { return nil }
      return Label(entry.name, entry.text)
    }
  }

  private mutating func check(label name: String, at node: ConfigNode) -> Bool {
    guard name.isEmpty || name == LabelName.metric else { return true }
    problems.add("invalid label name: '\(name)'", at: node)
    return false
  }
}

/// One rule.
extension RuleFileReader {
  /// The rules that a node makes: one, but for objectives.
  private mutating func rules(_ node: ConfigNode, groupLabels: [Label]) -> [Rule] {
    let before = problems.all.count
    let kind = RuleWord.of(node, &problems)
    guard let fields = NodeFields(node, kind.noun, keys: kind.keys, &problems) else { return [] }
    let name = fields.text(kind.rawValue, &problems) ?? ""
    if name.isEmpty {
      if problems.all.count == before {
        problems.add("\(RuleWord.choice) must be set", at: fields[kind.rawValue] ?? node)
      }
    } else {
      problems.rule = (problems.rule ?? "") + ", \(TemplateQuote.text(name))"
    }
    let rules = self.rules(kind, name, fields, groupLabels)
    guard problems.all.dropFirst(before).allSatisfy({ $0.severity == .warning }) else { return [] }
    for rule in rules { warnOfRepeat(rule, at: node) }
    return rules
  }

  private mutating func rules(
    _ kind: RuleWord, _ name: String, _ fields: NodeFields, _ groupLabels: [Label]
  ) -> [Rule] {
    switch kind {
    case .record: [recording(name, query(of: fields), fields, groupLabels)].compactMap(\.self)
    case .alert, .anomaly, .budget, .absent:
      [alerting(kind, name, fields, groupLabels)].compactMap(\.self)
    case .slo: objective(name, fields, groupLabels)
    }
  }

  /// The expression under a key; nil, with a problem noted, where there is none.
  mutating func query(of fields: NodeFields, _ key: String = "expr") -> RuleQuery? {
    guard let node = fields[key], let text = node.text, !text.isEmpty else {
      problems.add("'\(key)' must be set in a rule", at: fields[key] ?? fields.node)
      return nil
    }
    return query(text, at: node)
  }

  /// The expression that a node holds.
  mutating func query(_ text: String, at node: ConfigNode) -> RuleQuery? {
    do throws(QueryError) {
      let expression = try Parser.parse(text)
      if expression.type != .vector, expression.type != .scalar {
        problems.add(
          "the expression gives no samples but a \(expression.type.rawValue)", at: node,
          severity: .warning)
      }
      return RuleQuery(text: text, expression: expression)
    } catch {
      let place = places.place(of: error.line ?? 1, error.column ?? 1, in: node)
      problems.add(
        "cannot parse expression: \(error.message)", line: place.line, column: place.column)
      return nil
    }
  }

  private mutating func recording(
    _ name: String, _ query: RuleQuery?, _ fields: NodeFields, _ groupLabels: [Label]
  ) -> Rule? {
    for key in ["for", "keep_firing_for"] {
      if let time = fields.duration(key, &problems), time != 0 {
        problems.add("invalid field '\(key)' in recording rule", at: fields[key] ?? fields.node)
      }
    }
    for key in ["until", "hits", "of", "no_data"] {
      guard let node = fields[key] else { continue }
      problems.add("invalid field '\(key)' in recording rule", at: node)
    }
    if !fields.texts("annotations", &problems).isEmpty {
      problems.add(
        "invalid field 'annotations' in recording rule", at: fields["annotations"] ?? fields.node)
    }
    if name.contains("{") || name.contains("}") {
      problems.add(
        "braces in the name of a recording rule; should it be in expr?",
        at: fields["record"] ?? fields.node)
    }
    let labels = Self.merged(groupLabels, labels(of: fields))
    return query.map { .recording(RecordingRule(name: name, query: $0, labels: labels)) }
  }

  private mutating func alerting(
    _ word: RuleWord, _ name: String, _ fields: NodeFields, _ groupLabels: [Label]
  ) -> Rule? {
    let hold = fields.duration("for", &problems) ?? 0
    let keepFiring = fields.duration("keep_firing_for", &problems) ?? 0
    let labels = alertLabels(of: fields, groupLabels)
    let annotations = Self.sorted(templates("annotations", "annotation", of: fields))
    let steadiness = steadiness(of: fields)
    guard let (kind, query) = watched(word, name, fields) else { return nil }
    let isAbsence = word == .absent
    return .alerting(
      AlertingRule(
        name: name, kind: kind, query: query, hold: isAbsence ? 0 : hold, keepFiring: keepFiring,
        labels: labels, annotations: annotations, steadiness: steadiness))
  }

  /// The labels of an alerting rule: its own, and those of the group that it does not have.
  mutating func alertLabels(
    of fields: NodeFields, _ groupLabels: [Label]
  ) -> [AlertingRule.NamedTemplate] {
    var labels = templates("labels", "label", of: fields)
    for label in groupLabels where !labels.contains(where: { $0.name == label.name }) {
      if let template = template(label.value, "label \"\(label.name)\"", at: fields.node) {
        labels.append(AlertingRule.NamedTemplate(name: label.name, template: template))
      }
    }
    return Self.sorted(labels)
  }

  mutating func templates(
    _ key: String, _ noun: String, of fields: NodeFields
  ) -> [AlertingRule.NamedTemplate] {
    fields.texts(key, &problems).compactMap { entry in
      if key == "labels" {
        guard check(label: entry.name, at: entry.key) else { return nil }
      } else if entry.name.isEmpty {
        problems.add("invalid annotation name: ''", at: entry.key)
        return nil
      }
      return template(entry.text, "\(noun) \"\(entry.name)\"", at: entry.value)
        .map { AlertingRule.NamedTemplate(name: entry.name, template: $0) }
    }
  }

  private mutating func template(
    _ text: String, _ what: String, at node: ConfigNode
  ) -> Template? {
    do throws(TemplateError) {
      return try Template(text)
    } catch {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = lines.indices.contains(error.line - 1) ? lines[error.line - 1] : ""
      let bytes = line.unicodeScalars.prefix(error.column - 1).reduce(1) { $0 + UTF8.width($1) }
      let place = places.place(of: error.line, bytes, in: node)
      problems.add(
        "\(what): cannot parse template: \(error.message)", line: place.line, column: place.column)
      return nil
    }
  }

  /// Two rules that make the same series write over each other.
  private mutating func warnOfRepeat(_ rule: Rule, at node: ConfigNode) {
    let labels =
      switch rule {
      case .recording(let rule): rule.labels.map { "\($0.name)=\($0.value)" }
      case .alerting(let rule): rule.labels.map { "\($0.name)=\($0.template.source)" }
      }
    let key = ([rule.name] + labels).joined(separator: "\u{1}")
    if let place = seen[key] {
      problems.add(
        "another rule makes the same series, at \(place.line):\(place.column)", at: node,
        severity: .warning)
    } else {
      seen[key] = (node.line, node.column)
    }
  }

  private static func merged(_ group: [Label], _ own: [Label]) -> [Label] {
    let inherited = group.filter { label in !own.contains { $0.name == label.name } }
    return (inherited + own).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  static func sorted(
    _ templates: [AlertingRule.NamedTemplate]
  ) -> [AlertingRule.NamedTemplate] {
    templates.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { UTF8.encode(scalar)?.count ?? 0 }
}
