internal import Codec
internal import LinuxIO
internal import Telemetry

/// Reads everything that is stored on a subject, as lines of JSON: its events, oldest first, its
/// sessions, the metrics that carry its name with their samples, and how many of each at the end.
package struct SubjectReader: ~Copyable {
  private let reader: EventReader
  private let subject: DataSubject
  private let text: ErasureText
  /// Which of the subject's names events are read of; behind the last, what is not an event.
  private var place = 0
  private var after: Int64 = 0
  private let newest: Int64
  private var counts: [(name: String, count: Int)] = [("event", 0), ("session", 0), ("series", 0)]
  private var series: [StoredSeries]?

  private static let rows = 200
  /// ns that one step may read samples.
  private static let patience: Int64 = 5_000_000_000

  /// All times in ms that a sample may have, and some more to each side: hours are counted off.
  private static let ever = Int64.min / 4...Int64.max / 4

  /// A reader of the store at `path`.
  package init(path: String, _ subject: DataSubject) throws(StoreError) {
    let reader = try EventReader(path: path)
    if let tenant = subject.tenant { try reader.narrow(to: .only([tenant])) }
    let newest = try reader.newest()
    (self.reader, self.newest) = (reader, newest)
    self.subject = subject
    text = ErasureText(subject.names.map { Array($0.utf8) }, salt: 0)
  }

  /// The next lines, none where a step found nothing; nil when all were given.
  package mutating func next() throws(StoreError) -> [UInt8]? {
    if place < subject.names.count { return try events() }
    defer { place += 1 }
    if place == subject.names.count {
      let text = text
      series = try reader.series { series in
        series.labels.contains { text.isMentioned(in: Array($0.value.utf8)) }
      }
      return try sessions()
    }
    if let one = series?.popLast() {
      counts[2].count += 1
      return try line(of: one)
    }
    guard series != nil else { return nil }
    series = nil
    return end()
  }

  private mutating func events() throws(StoreError) -> [UInt8] {
    let filter: EventFilter
    do throws(EventFilter.Fault) {
      filter = try EventFilter([(subject.kind.rawValue, subject.names[place])])
    } catch {
      preconditionFailure("a user and a session are fields of events")
    }
    let (rows, last) = try reader.rows(filter, after: after, limit: Self.rows)
    counts[0].count += rows.count
    after = last
    if after >= newest { (after, place) = (0, place + 1) }
    var lines: [UInt8] = []
    for row in rows {
      lines += Array(#"{"record":"event","event":"#.utf8) + row + [0x7D, 0x0A]
    }
    return lines
  }

  private mutating func sessions() throws(StoreError) -> [UInt8] {
    let places = subject.names.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    let rows = try reader.database.prepare(
      "SELECT * FROM sessions WHERE \(subject.kind.rawValue) IN (\(places))", isPersistent: false)
    for (index, name) in subject.names.enumerated() { rows.bind(Int32(index) + 1, text: name) }
    var lines: [UInt8] = []
    while try rows.step() {
      if let tenant = subject.tenant, rows.text(1) != tenant { continue }
      var json = JSONWriter()
      json.beginObject()
      json.key("record")
      json.value("session")
      for column in 0..<rows.columnCount {
        json.key(rows.name(column))
        if let text = rows.text(column) { json.value(text) } else { json.null() }
      }
      json.endObject()
      lines += json.bytes + [0x0A]
      counts[1].count += 1
    }
    return lines
  }

  private func line(of series: StoredSeries) throws(StoreError) -> [UInt8] {
    let points: SamplePoints?
    do throws(SampleRefusal) {
      points =
        try reader.samples(
          of: [series], after: Self.ever.lowerBound, through: Self.ever.upperBound,
          deadline: Clock.coarseMonotonic + Self.patience
        ).first
    } catch {
      guard case .store(let cause) = error else {
        throw .file(path: "the samples of \(series.name)", cause: "reading them takes too long")
      }
      throw cause
    }
    var json = JSONWriter()
    json.beginObject()
    for (name, text) in [("record", "series"), ("name", series.name)] {
      json.key(name)
      json.value(text)
    }
    json.key("labels")
    json.beginObject()
    for label in series.labels {
      json.key(label.name)
      json.value(label.value)
    }
    json.endObject()
    json.key("samples")
    json.beginArray()
    for (time, value) in zip(points?.times ?? [], points?.values ?? []) {
      json.beginArray()
      json.value(Timestamp.text(time * 1_000_000))
      json.value(value)
      json.endArray()
    }
    json.endArray()
    json.key("histograms")
    json.beginArray()
    for (time, histogram) in zip(points?.histogramTimes ?? [], points?.histograms ?? []) {
      json.beginObject()
      json.key("time")
      json.value(Timestamp.text(time * 1_000_000))
      json.key("count")
      json.value(histogram.count)
      json.key("sum")
      json.value(histogram.sum)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes + [0x0A]
  }

  /// The last line: whoever has it has everything.
  private func end() -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("record")
    json.value("end")
    for (name, count) in counts {
      json.key("\(name)\(name == "series" ? "" : "s")")
      json.value(count)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }
}
