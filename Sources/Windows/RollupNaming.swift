internal import Codec
package import Telemetry

/// How history names the groups that it counts by: the finest ones that any breakdown, and any
/// family of metrics, is made of. A group's name is a JSON object of its labels, absent ones left
/// out: `{"type":"llm","status":"ok","service":"chat","model":"gpt-4o"}`.
package struct RollupNaming: Sendable {
  // unsafe because it reads texts of a batch in their place, within the call.
  /// What comes before the labels of breakdowns.
  package static let typeLabel = "type"
  package static let statusLabel = "status"
  package static let levelLabel = "level"
  package static let valueLabel = "value"

  /// The labels of calls and spans.
  package let labels: [WindowLabel]
  private let paths: [String]

  private static let scoreDimensions: [Dimension] = [
    .score, .evaluator, .service, .provider, .model, .operation, .tenant, .prompt, .promptVersion,
    .variant, .kind, .name,
  ]

  /// Names for these breakdowns and the standard ones.
  package init(breakdowns: [Breakdown]) {
    var labels: [WindowLabel] = []
    for label in (Breakdown.standard + breakdowns).flatMap(\.labels) where !labels.contains(label) {
      labels.append(label)
    }
    self.labels = labels
    paths = labels.compactMap { label in
      if case .attribute(let path) = label { path } else { nil }
    }
  }

  /// What an event's group depends on, and the values of its attributes that names are made of.
  package func route(
    _ facts: EventFacts, _ attributes: [String]
  ) -> RollupRoute {
    var key = RouteCache.Key()
    let event = facts.event
    (key.source, key.operation, key.tenant) = (event.source, event.operation, event.tenant)
    if event.type == .log {
      (key.operation, key.tenant) = (0, 0)
      key.outcome = UInt32(event.level.map { $0.rawValue + 1 } ?? 0)
    } else {
      let error = facts.isError ? event.errorType.map { UInt32($0.rawValue) + 1 } ?? 0 : 0
      key.outcome = UInt32(facts.outcome.rawValue) << 8 | error << 16
    }
    key.outcome |= UInt32(event.type.rawValue) << 28
    if !attributes.isEmpty { key.attributes = UInt64(bitPattern: Int64(attributes.hashValue)) }
    return RollupRoute(key: key)
  }

  /// The values of a batch's event that names are made of.
  package func attributes(of event: Event, in batch: EventBatch) -> [String] {
    guard !paths.isEmpty, !event.attributes.isAbsent else { return [] }
    let slab = event.attributes.isInScratch ? batch.scratch : batch.body
    let start = event.attributes.offset
    return AttributeValues.read(paths, in: slab, from: start, to: start + event.attributes.length)
  }

  /// The values of attributes, as JSON, that names are made of.
  package func attributes(in json: [UInt8]) -> [String] {
    paths.isEmpty || json.isEmpty ? [] : AttributeValues.read(paths, in: json)
  }

  /// The name of an event's group; `set` gives the dimensions of an id.
  package func name(
    _ facts: EventFacts, _ attributes: [String],
    set: (DimensionFamily, UInt32) -> DimensionSet?
  ) -> [UInt8] {
    var json = JSONWriter()
    let event = facts.event
    json.beginObject()
    json.key(Self.typeLabel)
    json.value(event.type.text)
    let source = set(.source, event.source)
    if event.type == .log {
      if let level = event.level { write(Self.levelLabel, level.text, &json) }
      if let service = source?[.service] { write(.service, service, &json) }
    } else {
      write(Self.statusLabel, facts.outcome.text, &json)
      let operation = set(.operation, event.operation)
      let tenant = set(.tenant, event.tenant)
      for label in labels {
        switch label {
        case .dimension(let dimension):
          let found = [source, operation, tenant][Int(dimension.family.rawValue)]?[dimension]
          if let found { write(dimension, found, &json) }
        case .errorType:
          if facts.isError, let type = event.errorType { write(label.name, type.text, &json) }
        // Only scores have one, whose groups are named below.
        case .scoreWord: continue
        case .attribute(let path):
          guard let place = paths.firstIndex(of: path), place < attributes.count else { continue }
          write(label.name, attributes[place], &json)
        }
      }
    }
    json.endObject()
    return json.bytes
  }

  /// The name of a score's group.
  package func name(
    _ score: ResolvedScore, set: (DimensionFamily, UInt32) -> DimensionSet?
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key(Self.typeLabel)
    json.value(EventType.score.text)
    let sets = [
      set(.source, score.event.source), set(.operation, score.event.operation),
      set(.tenant, score.event.tenant),
    ]
    for dimension in Self.scoreDimensions {
      if let value = sets[Int(dimension.family.rawValue)]?[dimension] {
        write(dimension, value, &json)
      }
    }
    if let word = score.word {
      write(Self.valueLabel, String(decoding: word, as: UTF8.self), &json)
    }
    json.endObject()
    return json.bytes
  }

  /// The name of a group that found no room of its own: every label of it is `other`.
  package func otherName(of facts: EventFacts) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key(Self.typeLabel)
    json.value(facts.event.type.text)
    if facts.event.type != .log { write(Self.statusLabel, facts.outcome.text, &json) }
    for label in labels { write(label.name, GroupTable.other, &json) }
    json.endObject()
    return json.bytes
  }

  private func write(_ dimension: Dimension, _ value: [UInt8], _ json: inout JSONWriter) {
    json.key(dimension.name)
    json.value(utf8: value)
  }

  private func write(_ name: String, _ value: String, _ json: inout JSONWriter) {
    guard !value.isEmpty else { return }
    json.key(name)
    json.value(value)
  }
}

/// What an event's group in history depends on.
package struct RollupRoute {
  let key: RouteCache.Key
}

/// The groups of the routes met lately.
package struct RollupRoutes: ~Copyable {
  private var cache = RouteCache(width: 1)

  /// No route is known.
  package init() {}

  /// The group of a route, or nil when it is not known.
  @inline(__always)
  package func group(_ route: RollupRoute) -> UInt32? {
    let (place, isKnown) = cache.find(route.key)
    return isKnown ? cache.cell(place, 0) : nil
  }

  /// Remembers the group of a route.
  package mutating func set(_ route: RollupRoute, _ group: UInt32) {
    cache.set(cache.find(route.key).place, route.key, [group])
  }

  /// Forgets all routes.
  package mutating func clear() { cache.clear() }
}
