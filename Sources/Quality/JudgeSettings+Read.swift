package import Codec

extension JudgeSettings {
  /// The judges listed under the key `judges` of the configuration.
  package static func read(_ node: ConfigNode) throws(SettingsReadingError) -> [JudgeSettings] {
    try SettingsProblems.list(node, of: "judge", name: \.name, read: JudgeReader.read)
  }
}

/// Reads one judge.
private enum JudgeReader {
  private static let endpointKeys = ["model", "provider", "base_url", "api_key"]
  private static let keys =
    endpointKeys + [
      "name", "prompt", "prompt_version", "scale", "sample", "when", "rpm", "tpm", "concurrency",
      "timeout", "retries", "cache_ttl", "budget_usd_per_day", "fallback", "max_tokens",
      "max_input", "ca_file",
    ]

  static func read(_ node: ConfigNode, _ problems: inout SettingsProblems) -> JudgeSettings? {
    guard let fields = SettingsFields(node, "a judge", keys: keys, &problems) else { return nil }
    let name = fields.needed("name", &problems)
    let prompt = prompt(fields, &problems)
    let scale = scale(fields, &problems)
    let endpoints = endpoints(fields, &problems)
    let sample = fields.number("sample", in: 0...1, &problems) ?? 1
    let when = CallFilter.read(fields, &problems)
    guard let name, let prompt, let scale, !endpoints.isEmpty else { return nil }
    var judge = JudgeSettings(
      name: name, prompt: prompt, scale: scale, endpoints: endpoints, when: when, sample: sample)
    bounds(of: &judge, fields, &problems)
    return judge
  }

  private static func bounds(
    of judge: inout JudgeSettings, _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) {
    judge.requestsPerMinute = whole("rpm", 1...1_000_000, fields, &problems)
    judge.tokensPerMinute = whole("tpm", 1...1_000_000_000, fields, &problems)
    judge.concurrency = whole("concurrency", 1...256, fields, &problems) ?? judge.concurrency
    judge.retries = whole("retries", 0...20, fields, &problems) ?? judge.retries
    judge.maxTokens = whole("max_tokens", 16...100_000, fields, &problems) ?? judge.maxTokens
    judge.maxInput = whole("max_input", 256...4_194_304, fields, &problems) ?? judge.maxInput
    judge.authorityFile = fields.text("ca_file", &problems) ?? ""
    if let timeout = fields.milliseconds("timeout", &problems) {
      judge.timeout = Int64(timeout * 1e6)
    }
    if let lifetime = fields.milliseconds("cache_ttl", &problems) {
      judge.cacheLifetime = Int64(lifetime * 1e6)
    }
    if let budget = fields.number("budget_usd_per_day", in: 0...1_000_000, &problems) {
      judge.budget = Int64((budget * 1e12).rounded())
    }
  }

  private static func whole(
    _ key: String, _ range: ClosedRange<Int>, _ fields: SettingsFields,
    _ problems: inout SettingsProblems
  ) -> Int? {
    guard let node = fields[key] else { return nil }
    guard case .int(let number)? = node.scalar, range.contains(number) else {
      problems.add(
        "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: node)
      return nil
    }
    return number
  }

  private static func prompt(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> PromptTemplate? {
    let version = fields.text("prompt_version", &problems)
    guard let text = fields.needed("prompt", &problems) else { return nil }
    do {
      return try PromptTemplate(text, version: version)
    } catch {
      problems.add("\(error)", at: fields["prompt"] ?? fields.node)
      return nil
    }
  }

  /// `[1, 5]`, `boolean`, or a list of words.
  private static func scale(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> JudgeScale? {
    guard let node = fields["scale"] else { return .numbers(1...5) }
    if node.text == "boolean" { return .boolean }
    guard case .sequence(let nodes) = node.value, nodes.count >= 2 else {
      problems.add("scale must be [least, most], boolean or a list of words", at: node)
      return nil
    }
    let numbers = nodes.compactMap { node -> Double? in
      switch node.scalar {
      case .int(let whole)?: Double(whole)
      case .double(let double)? where double.isFinite: double
      default: nil
      }
    }
    if numbers.count == 2, nodes.count == 2 {
      if numbers[0] < numbers[1] { return .numbers(numbers[0]...numbers[1]) }
      problems.add("the scale's first number must be the smaller one", at: node)
      return nil
    }
    let words = nodes.compactMap(\.text)
    guard numbers.isEmpty, words.count == nodes.count, Set(words).count == words.count else {
      problems.add("scale must be two numbers or different words", at: node)
      return nil
    }
    return .categories(words)
  }
}

// MARK: Endpoints
extension JudgeReader {
  private static func endpoints(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> [JudgeSettings.Endpoint] {
    guard let first = endpoint(fields, &problems) else { return [] }
    var endpoints = [first]
    guard let node = fields["fallback"] else { return endpoints }
    guard case .sequence(let nodes) = node.value else {
      problems.add("fallback must be a list of objects with model, base_url, api_key", at: node)
      return endpoints
    }
    for node in nodes {
      guard let fields = SettingsFields(node, "a fallback", keys: endpointKeys, &problems),
        let endpoint = endpoint(fields, &problems)
      else { continue }
      endpoints.append(endpoint)
    }
    return endpoints
  }

  private static func endpoint(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> JudgeSettings.Endpoint? {
    let key = secret(fields, &problems)
    guard let model = fields.needed("model", &problems) else { return nil }
    guard JudgeProvider.isModelName(model) else {
      problems.add(
        "model must be printable ASCII without blanks, at most 200 bytes",
        at: fields["model"] ?? fields.node)
      return nil
    }
    let provider =
      fields.word("provider", JudgeProvider.self, &problems) ?? JudgeProvider.of(model: model)
    let url = fields.text("base_url", &problems) ?? usualURL(of: provider)
    guard isURL(url) else {
      problems.add(
        "base_url must begin with http:// or https:// and a host",
        at: fields["base_url"] ?? fields.node)
      return nil
    }
    return JudgeSettings.Endpoint(
      model: model, provider: provider,
      baseURL: url.hasSuffix("/") ? String(url.dropLast()) : url, key: key)
  }

  private static func usualURL(of provider: JudgeProvider) -> String {
    switch provider {
    case .openai: "https://api.openai.com/v1"
    case .anthropic: "https://api.anthropic.com/v1"
    case .ollama: "http://127.0.0.1:11434"
    }
  }

  private static func isURL(_ text: String) -> Bool {
    for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
      let rest = text.utf8.dropFirst(scheme.utf8.count)
      guard let first = rest.first, first != UInt8(ascii: "/") else { return false }
      // A name and password would be shown wherever the URL is.
      return !rest.contains(UInt8(ascii: "@"))
        && rest.allSatisfy {
          $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
    }
    return false
  }

  /// `{"env": "NAME"}` or `{"file": "path"}`.
  private static func secret(
    _ fields: SettingsFields, _ problems: inout SettingsProblems
  ) -> JudgeSettings.SecretSource? {
    guard let node = fields["api_key"] else { return nil }
    if let name = node["env"]?.text, !name.isEmpty { return .environment(name) }
    if let path = node["file"]?.text, !path.isEmpty { return .file(path) }
    problems.add(
      "api_key must be {\"env\": \"NAME\"} or {\"file\": \"path\"}; keys do not stand in here",
      at: node)
    return nil
  }
}
