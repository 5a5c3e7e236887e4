internal import Codec

extension CallFilter {
  /// The names of the words that a clause may ask for, beside `attrs.NAME`.
  static let wordNames = [
    "service", "env", "release", "instance", "tenant", "provider", "model", "response_model",
    "operation", "kind", "name", "agent", "tool", "status", "error_type", "http_status", "prompt",
    "prompt_version", "variant", "finish_reason", "stream", "service_tier", "user", "session",
    "level", "cache",
  ]

  static func read(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> CallFilter {
    guard let node = fields["when"] else { return CallFilter() }
    guard case .mapping(let pairs) = node.value else {
      problems.add("when must be an object of names and words", at: node)
      return CallFilter()
    }
    var clauses: [CallFilter.Clause] = []
    for pair in pairs {
      let name = pair.key.text ?? ""
      guard wordNames.contains(name) || name.hasPrefix("attrs.") else {
        let nearest = NearestWord.of(name, in: wordNames)
        problems.add("unknown name '\(name)' in when; did you mean '\(nearest)'?", at: pair.key)
        continue
      }
      let nodes: [ConfigNode] =
        if case .sequence(let nodes) = pair.value.value { nodes } else { [pair.value] }
      let allowed = nodes.compactMap(\.text)
      if allowed.count < nodes.count || allowed.isEmpty {
        problems.add("\(name) must be text or a list of texts", at: pair.value)
      }
      clauses.append(CallFilter.Clause(name: name, allowed: allowed))
    }
    return CallFilter(clauses)
  }
}
