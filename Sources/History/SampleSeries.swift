internal import Codec
internal import Telemetry
internal import Windows

/// The rows of `series`: finds and makes them, about 10 µs each, once while a series is at hand.
struct SampleSeries: ~Copyable {
  private let find: Statement
  private let insert: Statement
  private let update: Statement
  private let hourBefore: Statement
  private let block: Statement
  private let packing = SamplePacking()

  init(_ database: Database) throws(StoreError) {
    let find = try database.prepare(
      "SELECT id, type, unit, help, last FROM series WHERE name = ?1 AND labels = ?2")
    let insert = try database.prepare(
      """
      INSERT INTO series (name, labels, tenant, type, unit, help, last)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id
      """)
    let update = try database.prepare(
      "UPDATE series SET type = ?2, unit = ?3, help = ?4, last = max(last, ?5) WHERE id = ?1")
    let hourBefore = try database.prepare("SELECT max(hour) FROM sample_blocks WHERE hour < ?1")
    let block = try database.prepare(
      "SELECT data FROM sample_blocks WHERE hour = ?1 AND series = ?2")
    (self.find, self.insert, self.update) = (find, insert, update)
    (self.hourBefore, self.block) = (hourBefore, block)
  }

  /// The series' row, made within the open transaction where there is none; `isNew` says so.
  func row(
    name: [UInt8], labels: [UInt8], _ metric: MetricSamples.Metric, hour: Int64
  ) throws(StoreError) -> (id: Int64, isNew: Bool) {
    find.bind(1, text: name)
    find.bind(2, text: labels)
    if try find.step() {
      let id = find.integer(0)
      let isSame =
        find.text(1) == metric.kind.text && find.bytes(2) == metric.unit
        && find.bytes(3) == metric.help && find.integer(4) >= hour
      find.reset()
      if !isSame { try change(id, metric, hour) }
      return (id, false)
    }
    find.reset()
    insert.bind(1, text: name)
    insert.bind(2, text: labels)
    let tenant = AttributeValues.read([Dimension.tenant.name], in: labels)[0]
    if tenant.isEmpty { insert.bindNull(3) } else { insert.bind(3, text: tenant) }
    insert.bind(4, text: metric.kind.text)
    insert.bind(5, text: metric.unit)
    insert.bind(6, text: metric.help)
    insert.bind(7, hour)
    defer { insert.reset() }
    return (try insert.step() ? insert.integer(0) : 0, true)
  }

  private func change(
    _ id: Int64, _ metric: MetricSamples.Metric, _ hour: Int64
  ) throws(StoreError) {
    update.bind(1, id)
    update.bind(2, text: metric.kind.text)
    update.bind(3, text: metric.unit)
    update.bind(4, text: metric.help)
    update.bind(5, hour)
    try update.run()
  }

  /// The newest block of a series: some 3 µs for each hour that has to be looked in.
  func newestBlock(_ id: Int64) throws(StoreError) -> SamplePoints? {
    var end = Int64.max
    while let hour = try hour(before: end) {
      block.bind(1, hour)
      block.bind(2, id)
      let found = try block.step() ? block.bytes(0) : nil
      block.reset()
      if let found { return packing.points(found, hour: hour) }
      end = hour
    }
    return nil
  }

  private func hour(before end: Int64) throws(StoreError) -> Int64? {
    hourBefore.bind(1, end)
    defer { hourBefore.reset() }
    return try hourBefore.step() ? hourBefore.optionalInteger(0) : nil
  }
}
