internal import Codec
internal import Telemetry
internal import Windows

/// Keeps the groups of errors with each commit: how often, since when, and one to look at. Errors
/// of one tenant with one pattern are a group; a group whose place in memory was needed goes on in
/// a further row, and readers add the rows of a fingerprint up.
struct StoreErrors: ~Copyable {
  private let write: Statement
  private var groups: [Key: Group] = [:]
  /// What the open transaction makes of those it touched.
  private var touched: [Key: Group] = [:]
  private var nextRow: Int64
  private var savedNextRow: Int64

  private struct Key: Hashable {
    let fingerprint: String
    let tenant: UInt32
    let scope: UInt32
  }

  private struct Group {
    let row: Int64
    let pattern: ErrorPattern
    var count = 0.0
    var first: Int64
    var last: Int64
    var sample: Int64
    var trace: (high: UInt64, low: UInt64)
    var source: UInt32
    var operation: UInt32
  }

  init(_ database: Database) throws(StoreError) {
    let write = try database.prepare(
      """
      INSERT OR REPLACE INTO error_groups VALUES
        (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
      """)
    let newest = try database.integer("SELECT max(id) FROM error_groups") ?? 0
    let rows = try database.prepare(
      "SELECT * FROM error_groups ORDER BY last DESC LIMIT \(Limits.errorGroups)",
      isPersistent: false)
    var known: [Key: Group] = [:]
    while try rows.step() {
      let (key, group) = Self.group(rows)
      if known[key] == nil { known[key] = group }
    }
    groups = known
    self.write = write
    nextRow = newest + 1
    savedNextRow = nextRow
  }

  // unsafe because it reads the event's own texts, which nobody adds to meanwhile.
  /// Counts a version of an event that failed, or takes back that it was counted, within the open
  /// transaction; anything else is none of its business.
  mutating func count(
    _ event: Event, row: Int64, receivedAt: Int64, scope: UInt32, texts: BatchTexts,
    takingBack: Bool = false
  ) {
    guard Self.isError(event) else { return }
    let time = event.time > receivedAt ? receivedAt : event.time
    var pattern = ErrorPattern(type: Self.type(event), message: Self.message(event, texts))
    var key = Key(fingerprint: pattern.fingerprint, tenant: event.tenant, scope: scope)
    var found = touched[key] ?? groups[key]
    if found == nil, groups.count + touched.count >= Limits.errorGroups {
      pattern = ErrorPattern(type: pattern.type, masked: GroupTable.other)
      key = Key(fingerprint: pattern.fingerprint, tenant: event.tenant, scope: scope)
      found = touched[key] ?? groups[key]
    }
    var group = found ?? begin(event, pattern, row, time)
    group.count += (takingBack ? -1 : 1) / event.sampleRate
    group.first = min(group.first, time)
    if time >= group.last, !takingBack {
      (group.last, group.sample) = (time, row)
      (group.source, group.operation) = (event.source, event.operation)
      if event.hasTrace { group.trace = (event.traceHigh, event.traceLow) }
    }
    touched[key] = group
  }

  private mutating func begin(
    _ event: Event, _ pattern: ErrorPattern, _ row: Int64, _ time: Int64
  ) -> Group {
    defer { nextRow += 1 }
    return Group(
      row: nextRow, pattern: pattern, first: time, last: time, sample: row,
      trace: (event.traceHigh, event.traceLow), source: event.source, operation: event.operation)
  }

  private static func isError(_ event: Event) -> Bool {
    guard !event.isOpen else { return false }
    if event.type == .log { return event.level == .error || event.level == .fatal }
    if event.type == .score { return false }
    return event.status == .error
      || event.status == nil && event.errorType != nil && event.errorType != .cancelled
  }

  private static func type(_ event: Event) -> String {
    if let type = event.errorType { return type.text }
    return event.type == .log ? event.level?.text ?? "error" : "error"
  }

  private static func message(_ event: Event, _ texts: BatchTexts) -> String {
    if !event.details.isAbsent {
      let details = unsafe Array(texts.raw(event.details))
      let text = AttributeValues.read(["error"], in: details)[0]
      if !text.isEmpty { return text }
    }
    guard !event.message.isAbsent else { return "" }
    return unsafe String(decoding: texts.raw(event.message), as: UTF8.self)
  }

  /// Writes what the transaction touched.
  func save() throws(StoreError) {
    for (key, group) in touched.sorted(by: { $0.value.row < $1.value.row }) {
      bind(key, group)
      try write.run()
    }
  }

  /// Takes the transaction's changes as saved.
  mutating func keep() {
    guard !touched.isEmpty else { return }
    groups.merge(touched) { _, new in new }
    touched.removeAll(keepingCapacity: true)
    savedNextRow = nextRow
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    touched.removeAll(keepingCapacity: true)
    nextRow = savedNextRow
  }

  /// Forgets groups that were last seen before `horizon`, whose rows are gone.
  mutating func forget(before horizon: Int64) {
    guard groups.values.contains(where: { $0.last < horizon }) else { return }
    groups = groups.filter { $0.value.last >= horizon }
  }

  /// Forgets groups by their message: such an error begins another row.
  mutating func forget(where isGone: (_ message: [UInt8]) -> Bool) {
    groups = groups.filter { !isGone(Array($0.value.pattern.message.utf8)) }
  }

  private func bind(_ key: Key, _ group: Group) {
    write.bind(1, group.row)
    write.bind(2, text: key.fingerprint)
    write.bind(3, Int64(key.tenant))
    write.bind(4, Int64(key.scope))
    write.bind(5, text: group.pattern.type)
    write.bind(6, text: group.pattern.message)
    write.bind(7, group.count)
    write.bind(8, group.first)
    write.bind(9, group.last)
    write.bind(10, group.sample)
    let (high, low) = group.trace
    if high | low == 0 {
      write.bindNull(11)
    } else {
      write.bind(11, blob: TraceID.bytes(high, low))
    }
    write.bind(12, Int64(group.source))
    write.bind(13, Int64(group.operation))
  }

  private static func group(_ row: Statement) -> (Key, Group) {
    let pattern = ErrorPattern(type: row.text(4) ?? "", masked: row.text(5) ?? "")
    let key = Key(
      fingerprint: row.text(1) ?? "", tenant: UInt32(truncatingIfNeeded: row.integer(2)),
      scope: UInt32(truncatingIfNeeded: row.integer(3)))
    let group = Group(
      row: row.integer(0), pattern: pattern, count: row.double(6), first: row.integer(7),
      last: row.integer(8), sample: row.integer(9), trace: TraceID.words(row.bytes(10) ?? []),
      source: UInt32(truncatingIfNeeded: row.integer(11)),
      operation: UInt32(truncatingIfNeeded: row.integer(12)))
    return (key, group)
  }
}
