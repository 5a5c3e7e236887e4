internal import Alerts
internal import Codec
internal import PromQL

/// Where alerts go: `route`, `inhibit` and `mute_times`.
extension ConfigurationKind<AlertRoute?> {
  private static let expected = "{receiver: NAME, ...}"
  private static let keys = [
    "receiver", "match", "matchers", "group_by", "group_wait", "group_interval",
    "repeat_interval", "mute_times", "escalate", "continue", "routes",
  ]
  private static let depthLimit = 16

  static let route = ConfigurationKind(
    name: expected, expected: expected,
    read: { node throws(ConfigurationMismatch) in
      if case .mapping(let pairs) = node.value, pairs.isEmpty { return nil }
      let record = try ConfigurationRecord(node, expected, keys: keys)
      _ = try record.required("receiver", ConfigurationKind<String>.word)
      return try read(node, under: AlertRoute(receiver: ""), depth: 0)
    },
    show: { $0.map { show($0, under: nil) } ?? .record([]) })

  private static func read(
    _ node: ConfigNode, under parent: AlertRoute, depth: Int
  ) throws(ConfigurationMismatch) -> AlertRoute {
    guard depth < depthLimit else {
      throw ConfigurationMismatch(node: node, expected: "routes no deeper than \(depthLimit)")
    }
    let record = try ConfigurationRecord(node, expected, keys: keys)
    var route = parent
    route.routes = []
    route.goesOn = try record.value("continue", .flag) ?? false
    route.matchers = try AlertMatchers.read(record)
    if let name = try record.value("receiver", .word) { route.receiver = name }
    if let labels = try record.value("group_by", .list(of: .word)) {
      route.grouping = labels.contains("...") ? .each : .by(labels.sorted())
    }
    let spans: [(String, WritableKeyPath<AlertRoute, Int64>, Duration)] = [
      ("group_wait", \.wait, .zero), ("group_interval", \.interval, .seconds(1)),
      ("repeat_interval", \.repetition, .seconds(1)),
    ]
    for (name, path, least) in spans {
      let kind = ConfigurationKind<Duration>.duration(least...(.seconds(366 * 86_400)))
      if let span = try record.value(name, kind) { route[keyPath: path] = span.milliseconds }
    }
    if let names = try record.value("mute_times", .list(of: .word)) { route.muteTimes = names }
    if let escalations = try record.value("escalate", .list(of: .escalation)) {
      route.escalations = escalations.sorted { $0.after < $1.after }
    }
    guard let below = record["routes"] else { return route }
    guard case .sequence(let nodes) = below.value else {
      throw ConfigurationMismatch(node: below, expected: "a list of routes")
    }
    for node in nodes {
      route.routes.append(try read(node, under: route, depth: depth + 1))
    }
    return route
  }

  /// As it could stand in the file: what a route has from the one above it is left out.
  private static func show(_ route: AlertRoute, under parent: AlertRoute?) -> ConfigurationValue {
    let above = parent ?? AlertRoute(receiver: "")
    var members: [(key: String, value: ConfigurationValue)] = []
    if route.receiver != above.receiver { members.append(("receiver", .text(route.receiver))) }
    if !route.matchers.all.isEmpty { members.append(("matchers", route.matchers.value)) }
    if route.grouping != above.grouping {
      let names: [String] =
        switch route.grouping {
        case .each: ["..."]
        case .by(let names): names
        }
      members.append(("group_by", .list(names.map { .text($0) })))
    }
    let spans: [(String, Int64, Int64)] = [
      ("group_wait", route.wait, above.wait), ("group_interval", route.interval, above.interval),
      ("repeat_interval", route.repetition, above.repetition),
    ]
    for (name, own, inherited) in spans where own != inherited {
      members.append((name, .duration(own)))
    }
    if route.muteTimes != above.muteTimes {
      members.append(("mute_times", .list(route.muteTimes.map { .text($0) })))
    }
    if route.escalations != above.escalations {
      let steps = route.escalations.map {
        ConfigurationValue.record([
          ("after", .duration($0.after)), ("receiver", .text($0.receiver)),
        ])
      }
      members.append(("escalate", .list(steps)))
    }
    if route.goesOn { members.append(("continue", .flag(true))) }
    if !route.routes.isEmpty {
      members.append(("routes", .list(route.routes.map { show($0, under: route) })))
    }
    return .record(members)
  }
}

extension ConfigurationKind<String> {
  /// An address that people open; without a slash at its end.
  static let externalURL = ConfigurationKind(
    scalar: "URL", "http://HOST/PATH or https://HOST/PATH", show: { .text($0) },
    parse: { node in
      guard node.scalar != .null, let text = node.text else { return nil }
      if text.isEmpty { return "" }
      let isWeb = text.hasPrefix("http://") || text.hasPrefix("https://")
      guard isWeb, !text.contains(where: { $0.isWhitespace || "\"<>".contains($0) }) else {
        return nil
      }
      return text.hasSuffix("/") ? String(text.dropLast()) : text
    })

  /// A name of something else in the configuration, or of a label.
  static let word = ConfigurationKind.text("name", "a name")
}

extension ConfigurationKind<AlertRoute.Escalation> {
  static let escalation = ConfigurationKind(
    name: "{after, receiver}", expected: "{after: DURATION, receiver: NAME}",
    read: { node throws(ConfigurationMismatch) in
      let record = try ConfigurationRecord(
        node, "{after: DURATION, receiver: NAME}", keys: ["after", "receiver"])
      let span = ConfigurationKind<Duration>.duration(.seconds(1)...(.seconds(30 * 86_400)))
      return AlertRoute.Escalation(
        after: try record.required("after", span).milliseconds,
        receiver: try record.required("receiver", .word))
    },
    show: { .record([("after", .duration($0.after)), ("receiver", .text($0.receiver))]) })
}

extension ConfigurationKind<Inhibition> {
  private static let expected = "{source: {LABEL: VALUE}, target: {LABEL: VALUE}, equal: [LABEL]}"

  static let inhibition = ConfigurationKind(
    name: "{source, target, equal}", expected: expected,
    read: { node throws(ConfigurationMismatch) in
      let record = try ConfigurationRecord(node, expected, keys: ["source", "target", "equal"])
      return Inhibition(
        source: try AlertMatchers.read(try record.required("source", expected)),
        target: try AlertMatchers.read(try record.required("target", expected)),
        equal: try record.value("equal", .list(of: .word)) ?? [])
    },
    show: {
      .record([
        ("source", $0.source.value), ("target", $0.target.value),
        ("equal", .list($0.equal.map { .text($0) })),
      ])
    })
}

extension AlertMatchers {
  /// What `match` and `matchers` of a record ask for.
  fileprivate static func read(
    _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> AlertMatchers {
    var all: [LabelMatcher] = []
    for key in ["match", "matchers"] {
      if let node = record[key] { all += try read(node).all }
    }
    return AlertMatchers(all)
  }

  /// Labels with the values they must have, or a list of conditions.
  fileprivate static func read(_ node: ConfigNode) throws(ConfigurationMismatch) -> AlertMatchers {
    let expected = "{LABEL: VALUE}, or a list of conditions such as severity=\"critical\""
    var all: [LabelMatcher] = []
    do throws(QueryError) {
      switch node.value {
      case .mapping(let pairs):
        for pair in pairs {
          guard let name = pair.key.text, let value = pair.value.text else { break }
          all.append(try LabelMatcher(name, .equal, value))
        }
        if all.count == pairs.count { return AlertMatchers(all) }
      case .sequence(let nodes):
        let texts = nodes.compactMap(\.text)
        if texts.count == nodes.count { return try AlertMatchers(texts: texts) }
      default: break
      }
    } catch {
      throw ConfigurationMismatch(node: node, expected: "\(expected) (\(error.message))")
    }
    throw ConfigurationMismatch(node: node, expected: expected)
  }

  fileprivate var value: ConfigurationValue { .list(texts.map { .text($0) }) }
}

extension ConfigurationValue {
  /// A number of milliseconds as a duration is written.
  fileprivate static func duration(_ milliseconds: Int64) -> ConfigurationValue {
    .text(ConfigurationUnits.text(of: .milliseconds(milliseconds)))
  }
}
