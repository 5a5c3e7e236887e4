internal import Codec
internal import LinuxIO
internal import Telemetry

/// A series of a metric that was sent, as readers see it.
package struct StoredSeries: Equatable, Sendable {
  /// Its row.
  package let id: Int64
  /// The metric's name.
  package let name: String
  /// The other labels, by rising name.
  package let labels: [Label]
  /// What the metric is: a text of `MetricKind`.
  package let type: String
  package let unit: String
  package let help: String

  /// A label of a series.
  package struct Label: Equatable, Sendable {
    package let name: String
    package let value: String
  }
}

extension EventReader {
  /// The series in scope, of the metric `name` or of all, that `isWanted` says yes to; some 2 µs a
  /// series of the metric.
  package func series(
    of name: String? = nil, where isWanted: (StoredSeries) -> Bool = { _ in true }
  ) throws(StoreError) -> [StoredSeries] {
    let condition = name == nil ? "" : "WHERE name = ?1"
    let rows = try database.prepare(
      "SELECT id, name, labels, type, unit, help FROM series \(condition) ORDER BY id",
      isPersistent: false)
    if let name { rows.bind(1, text: name) }
    var found: [StoredSeries] = []
    while try rows.step() {
      let series = StoredSeries(
        id: rows.integer(0), name: rows.text(1) ?? "",
        labels: StoredSeries.labels(rows.bytes(2) ?? []), type: rows.text(3) ?? "",
        unit: rows.text(4) ?? "", help: rows.text(5) ?? "")
      if isWanted(series) { found.append(series) }
    }
    return found
  }

  /// The samples of series, which `series` gave, after `after` and up to `through` (ms since 1970):
  /// in the order of `series`, each by rising time. Some 10 ns a sample, and as much for each of
  /// other series that is not in a block yet. Stops at `deadline`, a monotonic time, and after a
  /// second, for which it holds a snapshot; and beyond `limit` samples.
  package func samples(
    of series: [StoredSeries], after: Int64, through: Int64, limit: Int = .max, deadline: Int64
  ) throws(SampleRefusal) -> [SamplePoints] {
    var gathering = SampleGathering(series.map(\.id), after: after, through: through, limit)
    guard !series.isEmpty, after < through else { return gathering.points }
    let end = min(deadline, Clock.coarseMonotonic + 1_000_000_000)
    var refusal: SampleRefusal?
    do throws(StoreError) {
      // One snapshot: what is folded meanwhile must not be missed.
      try database.execute("BEGIN")
      defer { endSnapshot() }
      refusal = try readBlocks(&gathering, end)
      if refusal == nil { refusal = try readRows(&gathering, end) }
    } catch {
      throw .store(error)
    }
    if let refusal { throw refusal }
    gathering.settle()
    return gathering.points
  }

  private func readBlocks(
    _ gathering: inout SampleGathering, _ deadline: Int64
  ) throws(StoreError) -> SampleRefusal? {
    let hours = try database.prepare(
      "SELECT min(hour) FROM sample_blocks WHERE hour > ?1 AND hour <= ?2")
    let block = try database.prepare(
      "SELECT data FROM sample_blocks WHERE hour = ?1 AND series = ?2")
    var last = SampleBlock.hour(of: gathering.after) - 1
    while true {
      hours.bind(1, last)
      hours.bind(2, gathering.through)
      let hour = try hours.step() ? hours.optionalInteger(0) : nil
      hours.reset()
      guard let hour else { return nil }
      last = hour
      block.bind(1, hour)
      for place in gathering.series.indices {
        block.bind(2, gathering.series[place])
        let packed = try block.step() ? block.bytes(0) : nil
        block.reset()
        if let packed { gathering.add(packed, hour: hour, at: place) }
        if let refusal = gathering.refusal { return refusal }
        if place & 63 == 0, Clock.coarseMonotonic > deadline { return .timeout }
      }
    }
  }

  private func readRows(
    _ gathering: inout SampleGathering, _ deadline: Int64
  ) throws(StoreError) -> SampleRefusal? {
    let rows = try database.prepare(
      """
      SELECT hour, data FROM samples
      WHERE hour BETWEEN ?1 AND ?2 AND first <= ?2 AND last > ?3 ORDER BY id
      """)
    rows.bind(1, SampleBlock.hour(of: gathering.after))
    rows.bind(2, gathering.through)
    rows.bind(3, gathering.after)
    defer { rows.reset() }
    while try rows.step() {
      gathering.add(chunk: rows.bytes(1) ?? [], hour: rows.integer(0))
      if let refusal = gathering.refusal { return refusal }
      if Clock.coarseMonotonic > deadline { return .timeout }
    }
    return nil
  }
}

/// Why samples cannot be read as asked.
package enum SampleRefusal: Error, Equatable {
  case timeout
  /// There are more than asked for at most.
  case tooMany
  case store(StoreError)
}

extension StoredSeries {
  // unsafe because the texts are read from the slab they lie in.
  /// The members of an object whose values are strings.
  static func labels(_ json: [UInt8]) -> [Label] {
    let slab = ByteSlab(capacity: json.count)
    slab.append(json)
    var labels: [Label] = []
    do throws(JSONError) {
      var scanner = unsafe JSONScanner(ByteView(slab), from: 0, to: json.count)
      guard scanner.take(0x7B) else { return [] }
      while scanner.next == 0x22 {
        let name = text(try scanner.string(), in: scanner.bytes)
        guard scanner.take(0x3A) else { break }
        labels.append(Label(name: name, value: text(try scanner.string(), in: scanner.bytes)))
        guard scanner.take(0x2C) else { break }
      }
    } catch {
      // The object is one that we wrote; where somebody edited the file, what was read counts.
    }
    return labels
  }

  private static func text(_ raw: JSONScanner.RawString, in bytes: ByteView) -> String {
    guard raw.hasEscapes else {
      return String(decoding: bytes.copy(raw.start, raw.end), as: UTF8.self)
    }
    let slab = ByteSlab(capacity: raw.end - raw.start)
    _ = JSONText.unescape(bytes, raw, into: slab)
    return unsafe String(decoding: slab.bytes, as: UTF8.self)
  }
}
