internal import Codec
internal import PromQL

/// Reads rule files in YAML or JSON and says all that is wrong with them.
package struct RuleFileReader {
  private static let groupKeys = ["name", "interval", "query_offset", "limit", "labels", "rules"]
  private static let ruleKeys = [
    "record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations",
  ]

  private let places: ScalarPlaces
  private var problems = RuleProblems()
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
      if let rule = rule(node, groupLabels: labels) { rules.append(rule) }
    }
    problems.rule = nil
    return RuleGroup(
      name: name, interval: fields.duration("interval", &problems),
      queryOffset: fields.duration("query_offset", &problems) ?? 0,
      limit: fields.whole("limit", &problems) ?? 0, rules: rules)
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
  private mutating func rule(_ node: ConfigNode, groupLabels: [Label]) -> Rule? {
    let before = problems.all.count
    guard let fields = NodeFields(node, "a rule", keys: Self.ruleKeys, &problems) else {
      return nil
    }
    let record = fields.text("record", &problems) ?? ""
    let alert = fields.text("alert", &problems) ?? ""
    let name = record.isEmpty ? alert : record
    if !name.isEmpty { problems.rule = (problems.rule ?? "") + ", \(TemplateQuote.text(name))" }
    if record.isEmpty == alert.isEmpty {
      problems.add(
        record.isEmpty
          ? "one of 'record' or 'alert' must be set"
          : "only one of 'record' and 'alert' must be set", at: node)
    }
    let query = query(of: fields)
    let rule =
      record.isEmpty
      ? alerting(alert, query, fields, groupLabels)
      : recording(record, query, fields, groupLabels)
    guard problems.all.dropFirst(before).allSatisfy({ $0.severity == .warning }) else {
      return nil
    }
    if let rule { warnOfRepeat(rule, at: node) }
    return rule
  }

  private mutating func query(of fields: NodeFields) -> RuleQuery? {
    guard let node = fields["expr"], let text = node.text, !text.isEmpty else {
      problems.add("'expr' must be set in a rule", at: fields["expr"] ?? fields.node)
      return nil
    }
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
    _ name: String, _ query: RuleQuery?, _ fields: NodeFields, _ groupLabels: [Label]
  ) -> Rule? {
    let hold = fields.duration("for", &problems) ?? 0
    let keepFiring = fields.duration("keep_firing_for", &problems) ?? 0
    var labels = templates("labels", "label", of: fields)
    for label in groupLabels where !labels.contains(where: { $0.name == label.name }) {
      if let template = template(label.value, "label \"\(label.name)\"", at: fields.node) {
        labels.append(AlertingRule.NamedTemplate(name: label.name, template: template))
      }
    }
    let annotations = templates("annotations", "annotation", of: fields)
    return query.map { query in
      .alerting(
        AlertingRule(
          name: name, query: query, hold: hold, keepFiring: keepFiring,
          labels: Self.sorted(labels), annotations: Self.sorted(annotations)))
    }
  }

  private mutating func templates(
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

  private static func sorted(
    _ templates: [AlertingRule.NamedTemplate]
  ) -> [AlertingRule.NamedTemplate] {
    templates.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { UTF8.encode(scalar)?.count ?? 0 }
}
