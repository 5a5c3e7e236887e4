internal import Codec
internal import Windows

extension ConfigurationKind<Breakdown> {
  static let breakdown = ConfigurationKind(
    name: "list of label", expected: "a list of labels such as [service, model, attrs.team]",
    read: { node throws(ConfigurationMismatch) in
      let expected = "a list of one to six labels, such as [service, model, attrs.team]"
      guard case .sequence(let nodes) = node.value, (1...6).contains(nodes.count) else {
        throw ConfigurationMismatch(node: node, expected: expected)
      }
      let labels = try nodes.map { node throws(ConfigurationMismatch) in
        guard let label = node.text.flatMap({ WindowLabel(name: $0) }) else {
          throw ConfigurationMismatch(
            node: node, expected: "a dimension of events, error_type or attrs.NAME")
        }
        return label
      }
      return Breakdown(labels)
    },
    show: { .list($0.labels.map { .text($0.name) }) })
}

extension ConfigurationKind<ProviderLimit> {
  private static let shape =
    "{provider, model, account, rpm, tpm, input_tpm, output_tpm, count_cache_reads}"

  static let providerLimit = ConfigurationKind(
    name: shape, expected: shape, read: readLimit, show: show)

  @Sendable
  private static func readLimit(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> ProviderLimit {
    guard case .mapping(let pairs) = node.value, node["provider"] != nil else {
      throw ConfigurationMismatch(node: node, expected: shape)
    }
    var limit = ProviderLimit()
    for pair in pairs {
      switch pair.key.text {
      case "provider": limit.provider = try text(pair.value)
      case "model": limit.model = try text(pair.value)
      case "account": limit.account = try text(pair.value)
      case "rpm": limit.requests = try count(pair.value)
      case "tpm": limit.tokens = try count(pair.value)
      case "input_tpm": limit.inputTokens = try count(pair.value)
      case "output_tpm": limit.outputTokens = try count(pair.value)
      case "count_cache_reads":
        limit.countsCacheReads = try ConfigurationKind<Bool>.flag.read(pair.value)
      default: throw ConfigurationMismatch(node: pair.key, expected: shape)
      }
    }
    return limit
  }

  private static func text(_ node: ConfigNode) throws(ConfigurationMismatch) -> String {
    guard let text = node.text, !text.isEmpty else {
      throw ConfigurationMismatch(node: node, expected: "a name")
    }
    return text
  }

  private static func count(_ node: ConfigNode) throws(ConfigurationMismatch) -> Int64 {
    Int64(try ConfigurationKind<Int>.count(0...1_000_000_000_000).read(node))
  }

  @Sendable
  private static func show(_ limit: ProviderLimit) -> ConfigurationValue {
    var members: [(key: String, value: ConfigurationValue)] = [
      ("provider", .text(limit.provider)), ("model", .text(limit.model)),
    ]
    if !limit.account.isEmpty { members.append(("account", .text(limit.account))) }
    let counts: [(String, Int64?)] = [
      ("rpm", limit.requests), ("tpm", limit.tokens), ("input_tpm", limit.inputTokens),
      ("output_tpm", limit.outputTokens),
    ]
    for (name, count) in counts {
      if let count { members.append((name, .number(Int(count)))) }
    }
    if !limit.countsCacheReads { members.append(("count_cache_reads", .flag(false))) }
    return .record(members)
  }
}
