internal import PromQL

/// Records of a rule: `a` and a hash for an alert, `f` and a hash for what was found of it, and
/// those of what the rule watches.
extension AlertEvaluation {
  private static let version: UInt8 = 1

  /// Saves what is not as it was last saved under keys that begin with `prefix`.
  mutating func save(into memory: inout AlertMemory, prefix: String) {
    if rule.kind == .expression, unsaved.isEmpty, !isMoved(prefix) { return }
    if isMoved(prefix) {
      unsaved.formUnion(byLabels.keys)
      unsaved.formUnion(findings.keys)
      watch.forgetSaving()
    }
    for labels in unsaved {
      let hash = labels.fingerprintText
      memory[prefix + "a" + hash] = byLabels[labels].map(Self.record)
      memory[prefix + "f" + hash] = findings[labels].map { Self.record($0, labels) }
    }
    unsaved = []
    var keys: Set<String> = []
    for labels in byLabels.keys { keys.insert(prefix + "a" + labels.fingerprintText) }
    for labels in findings.keys { keys.insert(prefix + "f" + labels.fingerprintText) }
    watch.save(into: &memory, prefix: prefix, keys: &keys)
    for key in savedKeys.subtracting(keys) { memory[key] = nil }
    savedKeys = keys
  }

  /// Whether it was saved under another prefix, as happens when rules of a file change places.
  private func isMoved(_ prefix: String) -> Bool {
    savedKeys.first.map { !$0.hasPrefix(prefix) } ?? false
  }

  /// Takes a record; whether it could be read.
  mutating func restore(_ key: String, name: Substring, _ bytes: [UInt8]) -> Bool {
    savedKeys.insert(key)
    switch name.first {
    case "a":
      guard let alert = Self.alert(bytes) else { return false }
      restore([alert], findings: findings)
      return true
    case "f":
      guard var reader = MemoryReader(bytes, version: Self.version), let bits = reader.whole(),
        let entries = reader.labels(), reader.isAtEnd
      else { return false }
      var found = findings
      found[Labels(entries)] = UInt64(bitPattern: bits)
      restore([], findings: found)
      return true
    default: return watch.restore(name, bytes)
    }
  }

  private static func record(_ bits: UInt64, _ labels: Labels) -> [UInt8] {
    var writer = MemoryWriter(version: version)
    writer.add(Int64(bitPattern: bits))
    writer.add(labels.entries)
    return writer.bytes
  }

  private static func record(_ alert: ActiveAlert) -> [UInt8] {
    var writer = MemoryWriter(version: version)
    writer.add(alert.labels.entries)
    writer.add(alert.annotations)
    switch alert.value {
    case .float(let value):
      writer.add(true)
      writer.add(value)
    case .histogram(let histogram):
      writer.add(false)
      writer.add(SeriesNotation.text(histogram))
    }
    writer.add(alert.usual)
    writer.add(alert.state.rawValue)
    writer.add(alert.activeAt)
    writer.add(alert.firedAt)
    writer.add(alert.keepFiringSince)
    writer.add(alert.resolvedAt)
    return writer.bytes
  }

  private static func alert(_ bytes: [UInt8]) -> ActiveAlert? {
    guard var reader = MemoryReader(bytes, version: version), let entries = reader.labels(),
      let annotations = reader.labels(), let value = value(&reader),
      let usual = reader.optionalWhole(), let word = reader.text(),
      let state = ActiveAlert.State(rawValue: word), let activeAt = reader.whole(),
      let firedAt = reader.optionalWhole(), let keepFiringSince = reader.optionalWhole(),
      let resolvedAt = reader.optionalWhole(), reader.isAtEnd
    else { return nil }
    return ActiveAlert(
      labels: Labels(entries), annotations: annotations, value: value,
      usual: usual.map { Double(bitPattern: UInt64(bitPattern: $0)) }, state: state,
      activeAt: activeAt, firedAt: firedAt, keepFiringSince: keepFiringSince,
      resolvedAt: resolvedAt)
  }

  private static func value(_ reader: inout MemoryReader) -> QueryResult.Sample? {
    guard let isFloat = reader.flag() else { return nil }
    if isFloat { return reader.float().map { .float($0) } }
    guard let text = reader.text() else { return nil }
    do throws(QueryError) {
      return .histogram(try SeriesNotation.histogram(text))
    } catch {
      return nil
    }
  }
}
