package import Codec
internal import Pattern

extension EvaluatorSettings {
  /// The evaluators listed under the key `evaluators` of the configuration.
  package static func read(_ node: ConfigNode) throws(SettingsReadingError) -> [EvaluatorSettings] {
    try SettingsProblems.list(node, of: "evaluator", name: \.name, read: EvaluatorReader.read)
  }
}

/// Reads one evaluator.
private enum EvaluatorReader {
  private static let common = ["name", "check", "target", "when", "sample", "steps"]

  static func read(_ node: ConfigNode, _ problems: inout SettingsProblems) -> EvaluatorSettings? {
    let check = node["check"]?.text ?? ""
    let keys = common + (parameters[check] ?? [])
    guard let fields = SettingsFields(node, "an evaluator", keys: keys, &problems),
      let name = fields.needed("name", &problems), fields.needed("check", &problems) != nil
    else { return nil }
    if name.isEmpty { problems.add("name must not be empty", at: fields["name"] ?? node) }
    let target = fields.word("target", EvaluatorSettings.Target.self, &problems)
    let sample = fields.number("sample", in: 0...1, &problems)
    let when = CallFilter.read(fields, &problems)
    let steps = steps(fields, &problems)
    guard let check = self.check(fields, &problems) else { return nil }
    return EvaluatorSettings(
      name: name, check: check, target: target ?? usualTarget(check), steps: steps, when: when,
      sample: sample ?? 1)
  }

  /// What a check looks at unless told: attacks come in, everything else goes out.
  private static func usualTarget(_ check: EvaluatorCheck) -> EvaluatorSettings.Target {
    if case .injection = check { .input } else { .output }
  }

  private static let parameters: [String: [String]] = [
    "json": ["repair"], "json_schema": ["schema", "repair"],
    "regex": ["pattern", "full", "expect"],
    "contains": ["any", "all", "none", "ignore_case"], "length": ["unit", "min", "max"],
    "repetition": ["share"], "language": ["expected"], "overlap": ["min", "max"],
    "pii": ["kinds"], "latency": ["min", "max"], "cost": ["min", "max"],
  ]

  private static func check(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorCheck? {
    let name = fields["check"]?.text ?? ""
    switch name {
    case "json": return .json(repairs: fields.flag("repair", &problems) ?? false)
    case "json_schema":
      let repairs = fields.flag("repair", &problems) ?? false
      return schema("schema", fields, &problems).map { .jsonSchema($0, repairs: repairs) }
    case "regex": return regex(fields, &problems)
    case "contains": return contains(fields, &problems)
    case "length":
      let unit = fields.word("unit", EvaluatorCheck.LengthUnit.self, &problems)
      return .length(unit ?? .characters, fields.bounds(&problems))
    case "refusal": return .refusal
    case "repetition":
      return .repetition(share: fields.number("share", in: 0...1, &problems) ?? 0.2)
    case "empty": return .empty
    case "truncated": return .truncated
    case "language": return language(fields, &problems)
    case "overlap": return .overlap(fields.bounds(&problems))
    case "injection": return .injection
    case "pii": return personalData(fields, &problems)
    case "latency":
      return .latency(
        NumberBounds(
          least: fields.milliseconds("min", &problems), most: fields.milliseconds("max", &problems))
      )
    case "cost": return .cost(fields.bounds(&problems))
    default:
      let nearest = NearestWord.of(name, in: EvaluatorCheck.names)
      problems.add(
        "unknown check '\(name)'; did you mean '\(nearest)'?", at: fields["check"] ?? fields.node)
      return nil
    }
  }

  private static func regex(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorCheck? {
    let isWhole = fields.flag("full", &problems) ?? false
    let isExpected = fields.flag("expect", &problems) ?? true
    return pattern("pattern", fields, &problems).map {
      .regex($0, isWhole: isWhole, isExpected: isExpected)
    }
  }

  private static func contains(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorCheck? {
    let (any, all) = (fields.texts("any", &problems), fields.texts("all", &problems))
    let none = fields.texts("none", &problems)
    if any.isEmpty && all.isEmpty && none.isEmpty {
      problems.add("contains needs any, all or none", at: fields.node)
    }
    return .contains(
      any: any, all: all, none: none, ignoresCase: fields.flag("ignore_case", &problems) ?? false)
  }

  private static func language(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorCheck? {
    let expected = fields.texts("expected", &problems)
    for language in expected where !LanguageDetector.languages.contains(language) {
      let known = LanguageDetector.languages.joined(separator: " ")
      problems.add(
        "language '\(language)' is not known; expected of \(known)",
        at: fields["expected"] ?? fields.node)
    }
    return .language(expected)
  }

  private static func personalData(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorCheck? {
    guard fields["kinds"] != nil else { return .pii(PersonalDataDetector.Kind.allCases) }
    var kinds: [PersonalDataDetector.Kind] = []
    for word in fields.texts("kinds", &problems) {
      guard let kind = PersonalDataDetector.Kind(rawValue: word) else {
        let known = PersonalDataDetector.Kind.allCases.map(\.rawValue)
        let nearest = NearestWord.of(word, in: known)
        problems.add(
          "unknown kind '\(word)'; did you mean '\(nearest)'?", at: fields["kinds"] ?? fields.node)
        continue
      }
      kinds.append(kind)
    }
    return .pii(kinds)
  }

  private static func schema(
    _ key: String, _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> JSONSchema? {
    guard let node = fields[key] else {
      problems.add("json_schema needs \(key)", at: fields.node)
      return nil
    }
    do {
      return try JSONSchema(node)
    } catch {
      problems.add("\(error)", at: node.nearest(to: error.place))
      return nil
    }
  }

  private static func pattern(
    _ key: String, _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> BytePattern? {
    guard let source = fields.needed(key, &problems) else { return nil }
    do {
      return try BytePattern(source)
    } catch {
      problems.add("\(error)", at: fields[key] ?? fields.node)
      return nil
    }
  }
}

// MARK: Steps
extension EvaluatorReader {
  private static func steps(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> [EvaluatorStep] {
    guard let node = fields["steps"] else { return [] }
    guard case .sequence(let nodes) = node.value else {
      problems.add("steps must be a list", at: node)
      return []
    }
    return nodes.compactMap { step($0, &problems) }
  }

  private static func step(
    _ node: ConfigNode, _ problems: inout SettingsProblems
  ) -> EvaluatorStep? {
    let keys = ["regex", "group", "path", "parse", "take", "validate"]
    guard let fields = SettingsFields(node, "a step", keys: keys, &problems) else { return nil }
    let given = keys.filter { $0 != "group" && fields[$0] != nil }
    guard given.count == 1, let key = given.first else {
      problems.add("a step has one of regex path parse take validate", at: node)
      return nil
    }
    switch key {
    case "regex": return regexStep(fields, &problems)
    case "path":
      guard let text = fields.text("path", &problems) else { return nil }
      guard let path = TextPath(text) else {
        problems.add(
          "path '\(text)' cannot be read; expected one like answer.items[0].name",
          at: fields["path"] ?? node)
        return nil
      }
      return .path(path)
    case "parse":
      guard fields.text("parse", &problems) == "json" else {
        problems.add("parse must be json", at: fields["parse"] ?? node)
        return nil
      }
      return .json
    case "take": return fields.word("take", EvaluatorStep.Part.self, &problems).map { .take($0) }
    default: return schema("validate", fields, &problems).map { .validate($0) }
    }
  }

  private static func regexStep(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> EvaluatorStep? {
    guard let pattern = pattern("regex", fields, &problems) else { return nil }
    guard let written = fields.text("group", &problems) else {
      return .regex(pattern, group: pattern.groupNames.count > 1 ? 1 : 0)
    }
    let group = Int(written) ?? pattern.group(named: written) ?? -1
    guard pattern.groupNames.indices.contains(group) else {
      problems.add("the expression has no group '\(written)'", at: fields["group"] ?? fields.node)
      return nil
    }
    return .regex(pattern, group: group)
  }
}

extension ConfigNode {
  /// The node at `place`, or the last one on the way there.
  fileprivate func nearest(to place: JSONPointer) -> ConfigNode {
    var node = self
    for step in place.steps {
      switch node.value {
      case .mapping(let pairs):
        guard let pair = pairs.first(where: { $0.key.text.map { Array($0.utf8) } == step }) else {
          return node
        }
        node = pair.value
      case .sequence(let nodes):
        guard let index = JSONValue.index(step), index < nodes.count else { return node }
        node = nodes[index]
      default: return node
      }
    }
    return node
  }
}
