internal import Codec
internal import Telemetry

/// Brings a fuller version of a stored span into its row.
struct StoreMerging: ~Copyable {
  // unsafe because it reads texts where their batches hold them; nobody fills those meanwhile.
  private let patch: Statement
  private let clearings: [Statement]
  /// Holds the texts of both versions while they are merged.
  let work: EventBatch

  init(_ database: Database) throws(StoreError) {
    let patching = try database.prepare(
      """
      SELECT json_patch(json_patch(?1, ?2), ?1), json_patch(?1, ?1)
      WHERE json_valid(?1) AND json_valid(?2)
      """)
    var deletions: [Statement] = []
    for table in ["event_extras", "payloads"] {
      deletions.append(try database.prepare("DELETE FROM \(table) WHERE id = ?1"))
    }
    patch = patching
    clearings = deletions
    work = EventBatch(body: .init(capacity: 0))
  }

  /// Removes what the row's other tables hold, before the row is written anew.
  func clear(_ row: Int64) throws(StoreError) {
    for statement in clearings {
      statement.bind(1, row)
      try statement.run()
    }
  }

  /// `event` with its texts copied from `texts` to the work batch.
  func adopt(_ event: Event, from texts: BatchTexts) -> Event {
    var event = event
    event.changeTexts { slice in
      if !slice.isAbsent { slice = unsafe append(texts.raw(slice)) }
    }
    return event
  }

  /// The members of two JSON objects of the work batch, the leading one's winning. Gives back
  /// `stored` itself when the union says no more than it does.
  func unite(
    _ pair: (leading: TextSlice, other: TextSlice), stored: TextSlice
  ) throws(StoreError) -> TextSlice {
    if pair.leading.isAbsent { return pair.other }
    if pair.other.isAbsent { return pair.leading }
    let leading = unsafe Array(work.text(pair.leading))
    let other = unsafe Array(work.text(pair.other))
    guard leading != other else { return stored }
    patch.bind(1, text: leading)
    patch.bind(2, text: other)
    defer { patch.reset() }
    guard try patch.step(), let union = patch.bytes(0) else { return pair.leading }
    if pair.leading == stored, union == patch.bytes(1) { return stored }
    return unsafe union.withUnsafeBytes { unsafe append($0) }
  }

  private func append(_ text: UnsafeRawBufferPointer) -> TextSlice {
    let offset = work.scratch.count
    unsafe work.scratch.append(text)
    return TextSlice(offset: offset, length: text.count, inScratch: true)
  }
}

extension DimensionTable {
  /// The set that holds the values of both, the leading one's winning.
  func union(_ family: DimensionFamily, _ pair: (leading: UInt32, other: UInt32)) -> UInt32 {
    if pair.other == 0 || pair.other == pair.leading { return pair.leading }
    if pair.leading == 0 { return pair.other }
    guard let leading = set(family, pair.leading), let other = set(family, pair.other) else {
      return pair.leading
    }
    return intern(family, values: zip(leading.values, other.values).map { $0 ?? $1 })
  }
}

extension Event {
  /// Lets `change` see each of the event's texts.
  mutating func changeTexts(_ change: (inout TextSlice) -> Void) {
    change(&user)
    change(&session)
    change(&requestID)
    change(&responseID)
    change(&message)
    change(&details)
    change(&attributes)
    change(&input)
    change(&output)
    change(&stack)
    change(&eventID)
  }

  /// The event without its texts, which lie in a batch of their own.
  var withoutTexts: Event {
    var event = self
    event.changeTexts { $0 = .absent }
    return event
  }
}
