internal import Codec
internal import LinuxIO
internal import Telemetry

/// Erases a subject from a store that may be in use: looks through it on a connection of its own,
/// has the writer remove what is found in short transactions, and then reads the files byte by
/// byte. Whatever ends it, doing it again completes it.
package struct Erasure: Sendable {
  /// Runs a step on the thread that owns the store, between its transactions, and waits for it.
  package typealias Writer =
    @Sendable (
      @escaping @Sendable (Store) throws(StoreError) -> Void
    ) throws(StoreError) -> Void

  /// Why nothing was erased.
  package enum Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// What must be kept until these are released.
    case held([Int64], rows: Int64)
    case store(StoreError)
    case stopped

    package var description: String {
      switch self {
      case .held(let holds, let rows):
        holds.isEmpty
          ? "\(rows) of its rows are under a hold; see barograph hold list"
          : "it is under hold \(holds.map { "\($0)" }.joined(separator: ", "));"
            + " barograph hold release ends one"
      case .store(let error): "\(error)"
      case .stopped: "the collector stops"
      }
    }
  }

  private let directory: String
  private let subject: DataSubject
  private let text: ErasureText
  /// Whether names go wherever they stand, also from what others said.
  private let takesMentions: Bool
  private let removesCopies: Bool
  private let write: Writer
  /// What else holds the subject, such as queues; told when the rows are gone.
  private let forgetElsewhere: @Sendable (ErasureText) -> [String: Int64]
  /// What still names the subject and ends by itself, such as an alert; in words.
  private let namedElsewhere: @Sendable (ErasureText) -> [String]
  private let isStopped: @Sendable () -> Bool

  private static let rowsAtOnce = 200
  private static let mentionsAtOnce = 50
  /// Times that the files are looked through while more of the subject comes in.
  private static let rounds = 6
  /// Times that a reader in the way of the log's end is waited for, and ms between two.
  private static let logTries = 300
  private static let pause: Int32 = 50

  private var path: String { "\(directory)/\(Store.fileName)" }

  /// An erasure in a data directory. `mentions` nil takes names out of what others said where they
  /// are distinctive.
  package init(
    of subject: DataSubject, in directory: String, salt: UInt64, mentions: Bool?,
    removesCopies: Bool, write: @escaping Writer,
    forgetElsewhere: @escaping @Sendable (ErasureText) -> [String: Int64] = { _ in [:] },
    namedElsewhere: @escaping @Sendable (ErasureText) -> [String] = { _ in [] },
    isStopped: @escaping @Sendable () -> Bool = { false }
  ) {
    self.directory = directory
    self.subject = subject
    text = ErasureText(subject.names.map { Array($0.utf8) }, salt: salt)
    takesMentions = mentions ?? text.names.allSatisfy(ErasureText.isDistinctive)
    self.removesCopies = removesCopies
    self.write = write
    self.forgetElsewhere = forgetElsewhere
    self.namedElsewhere = namedElsewhere
    self.isStopped = isStopped
  }

  /// Does it; gives what was done and what is left.
  package func run(now: () -> Int64) throws(Refusal) -> ErasureReceipt {
    var receipt = ErasureReceipt(
      kind: subject.kind, tenant: subject.tenant, takesMentions: takesMentions, begun: now())
    var finds = try find()
    for round in 1...Self.rounds {
      receipt.rounds = round
      try remove(finds, &receipt)
      receipt.left = []
      let log = try endLog()
      finds = try find()
      let names = try step { () throws(StoreError) in try survey().findNames() }
      if takesMentions, subject.tenant == nil { receipt.add(left: names.left) }
      receipt.add(arrived: finds)
      if takesMentions {
        receipt.left += namedElsewhere(text).map { .init(file: "memory", why: $0) }
      }
      guard receipt.left.isEmpty else { continue }
      if !log {
        receipt.left.append(.init(file: "\(Store.fileName)-wal", why: "another program reads it"))
      }
      try scan(words: finds.longerWords.union(names.words), &receipt)
      if receipt.left.isEmpty { break }
    }
    receipt.ended = now()
    return receipt
  }

  private func survey() throws(StoreError) -> ErasureSurvey {
    try ErasureSurvey(path: path, subject, text, findsMentions: takesMentions)
  }

  private func find() throws(Refusal) -> ErasureFinds {
    guard !isStopped() else { throw .stopped }
    let (finds, holds) = try step { () throws(StoreError) -> (ErasureFinds, [Hold]) in
      var survey = try survey()
      return (try survey.find(after: 0, upTo: try survey.newest()), try survey.holds())
    }
    guard holds.isEmpty, finds.held == 0 else { throw .held(holds.map(\.id), rows: finds.held) }
    return finds
  }

  private func remove(_ finds: ErasureFinds, _ receipt: inout ErasureReceipt) throws(Refusal) {
    let (text, subject, takesMentions) = (text, subject, takesMentions)
    // What is counted of the rows must be saved before they go.
    try change(&receipt) { (store, _) throws(StoreError) in store.save() }
    for start in stride(from: 0, to: finds.rows.count, by: Self.rowsAtOnce) {
      let rows = Array(finds.rows[start..<min(finds.rows.count, start + Self.rowsAtOnce)])
      try change(&receipt) { (store, tally) throws(StoreError) in
        try store.erase(rows: rows, into: &tally)
      }
    }
    for start in stride(from: 0, to: finds.mentions.count, by: Self.mentionsAtOnce) {
      let end = min(finds.mentions.count, start + Self.mentionsAtOnce)
      let rows = Array(finds.mentions[start..<end])
      try change(&receipt) { (store, tally) throws(StoreError) in
        try store.erase(mentions: rows, text, into: &tally)
      }
    }
    try change(&receipt) { (store, tally) throws(StoreError) in
      try store.erase(subject, text, mentions: takesMentions, into: &tally)
    }
    for (what, count) in forgetElsewhere(text) { receipt.tally.delete(what, count) }
  }

  /// Runs a step of the writer, which adds to the receipt's tally.
  private func change(
    _ receipt: inout ErasureReceipt,
    _ body: @escaping @Sendable (Store, inout ErasureTally) throws(StoreError) -> Void
  ) throws(Refusal) {
    guard !isStopped() else { throw .stopped }
    let tally = Told(ErasureTally())
    try step { () throws(StoreError) in
      try write { (store) throws(StoreError) in
        var own = ErasureTally()
        try body(store, &own)
        let changed = own
        tally.value.withLock { $0.add(changed) }
      }
    }
    receipt.tally.add(tally.value.withLock { $0 })
  }

  private func step<Answer>(
    _ body: () throws(StoreError) -> Answer
  ) throws(Refusal) -> Answer {
    do throws(StoreError) {
      return try body()
    } catch {
      throw .store(error)
    }
  }

  /// Moves the log into the file and cuts it to nothing; false where a reader is in the way.
  private func endLog() throws(Refusal) -> Bool {
    for _ in 0..<Self.logTries {
      let isDone = Told(false)
      try step { () throws(StoreError) in
        try write { (store) throws(StoreError) in
          let isEmpty = try store.truncateLog()
          isDone.value.withLock { $0 = isEmpty }
        }
      }
      if isDone.value.withLock({ $0 }) { return true }
      try wait()
    }
    return false
  }

  private func wait() throws(Refusal) {
    guard !isStopped() else { throw .stopped }
    do throws(Errno) {
      try Epoll().wait(into: EpollEvents(capacity: 1), milliseconds: Self.pause)
    } catch {
      throw .store(.file(path: path, cause: error.text))
    }
  }
}

/// What a step on another thread tells.
private final class Told<Value: Sendable>: Sendable {
  let value: Guarded<Value>

  init(_ value: Value) {
    self.value = Guarded(value)
  }
}

// MARK: The files
extension Erasure {
  /// Shorter names stand in any file by chance.
  private static let shortestScanned = 4
  private static let chunk = 1 << 20

  /// Reads every file of the directory for the names, byte by byte.
  private func scan(words: Set<[UInt8]>, _ receipt: inout ErasureReceipt) throws(Refusal) {
    receipt.scanned = []
    guard takesMentions, subject.tenant == nil,
      text.names.allSatisfy({ $0.count >= Self.shortestScanned })
    else { return }
    let known = LongerWords(words, names: text.names)
    try scanStore(known, &receipt)
    let names: [String]
    do throws(Errno) {
      names = try FileSystem.names(in: directory)
    } catch {
      throw .store(.file(path: directory, cause: error.text))
    }
    // Of the store itself, read above, this process must open and close no descriptor; its index of
    // the log holds numbers of pages.
    for name in names.sorted() where name != Store.fileName && name != "\(Store.fileName)-shm" {
      scan(file: name, known, &receipt)
    }
  }

  private func scanStore(
    _ known: LongerWords, _ receipt: inout ErasureReceipt
  ) throws(Refusal) {
    var gaps = try hits(known, pages: nil, &receipt)
    var tries = 0
    while !gaps.isEmpty, tries < Self.rounds {
      tries += 1
      let pages = gaps
      let isDone = Told(false)
      try step { () throws(StoreError) in
        try write { (store) throws(StoreError) in
          let isClear = try store.clear(gapsOf: pages)
          isDone.value.withLock { $0 = isClear }
        }
      }
      if !isDone.value.withLock({ $0 }) { try wait() }
      receipt.clearedPages += isDone.value.withLock { $0 } ? pages.count : 0
      gaps = try hits(known, pages: pages, &receipt)
    }
    for page in gaps {
      receipt.left.append(
        .init(file: Store.fileName, why: "page \(page) holds it where no row is"))
    }
  }

  /// The pages that hold a name where no row is; names in rows are noted as left.
  private func hits(
    _ known: LongerWords, pages: [Int]?, _ receipt: inout ErasureReceipt
  ) throws(Refusal) -> [Int] {
    let size = StoreFile.pageSize
    var gaps: [Int] = []
    var left: [ErasureReceipt.Left] = []
    let text = text
    let length = try step { () throws(StoreError) -> Int in
      let database = try Database(path: path, access: .readOnly)
      guard let file = RawStore(database, .main) else {
        throw .file(path: path, cause: "it cannot be read")
      }
      func look(_ bytes: [UInt8], from offset: Int) {
        for name in text.names {
          for place in ErasureText.places(of: name, in: bytes[...]) {
            let page = (offset + place) / size
            let start = page * size - offset
            let gap = RawPage.gap(Array(bytes[start..<(start + size)]), number: page + 1)
            let within = place - start
            if let gap, gap.overlaps(within..<within + name.count) {
              if gaps.last != page + 1 { gaps.append(page + 1) }
            } else if !known.explain(place, name, in: bytes), left.count < 100 {
              left.append(.init(file: Store.fileName, why: "page \(page + 1) holds it"))
            }
          }
        }
      }
      let length = file.size / size * size
      if let pages {
        for page in pages {
          look(try file.read(size, at: (page - 1) * size), from: (page - 1) * size)
        }
      } else {
        for offset in stride(from: 0, to: length, by: Self.chunk) {
          look(try file.read(min(Self.chunk, length - offset), at: offset), from: offset)
        }
      }
      return length
    }
    if pages == nil { receipt.scanned.append(.init(file: Store.fileName, bytes: Int64(length))) }
    receipt.left += left
    return Array(Set(gaps)).sorted()
  }

  private func scan(
    file name: String, _ known: LongerWords, _ receipt: inout ErasureReceipt
  ) {
    let path = "\(directory)/\(name)"
    var offset: Int64 = 0
    var isHit = false
    do throws(Errno) {
      let file = try FollowedFile(path)
      let overlap = Int64(text.names.map(\.count).max() ?? 0) + 128
      while true {
        let bytes = try file.read(at: offset, limit: Self.chunk)
        for name in text.names where !isHit {
          isHit = ErasureText.places(of: name, in: bytes[...]).contains {
            !known.explain($0, name, in: bytes)
          }
        }
        if bytes.count < Self.chunk {
          offset += Int64(bytes.count)
          break
        }
        offset += Int64(bytes.count) - overlap
      }
    } catch {
      // A socket, a directory, or gone meanwhile: nothing of ours to read.
      return
    }
    receipt.scanned.append(.init(file: name, bytes: offset))
    guard isHit else { return }
    let isCopy = name.hasPrefix("\(Store.fileName).")
    if isCopy, removesCopies {
      do throws(Errno) {
        try FileSystem.remove(path)
        return receipt.tally.delete("copies", 1)
      } catch {
        return receipt.left.append(.init(file: name, why: "it cannot be removed: \(error.text)"))
      }
    }
    receipt.left.append(
      .init(
        file: name,
        why: isCopy
          ? "an older copy of the store holds it; --remove-copies removes it" : "it holds it"
      ))
  }
}

/// Words that may stand in the files though names are parts of them.
struct LongerWords {
  private let words: [(name: [UInt8], offset: Int, word: [UInt8])]

  init(_ words: Set<[UInt8]>, names: [[UInt8]]) {
    var all: [(name: [UInt8], offset: Int, word: [UInt8])] = []
    for word in words {
      for name in names {
        for offset in ErasureText.places(of: name, in: word[...]) {
          all.append((name, offset, word))
        }
      }
    }
    self.words = all
  }

  /// Whether what stands at `place` is a part of such a word.
  func explain(_ place: Int, _ name: [UInt8], in bytes: [UInt8]) -> Bool {
    words.contains { known in
      let start = place - known.offset
      guard known.name == name, start >= 0, start + known.word.count <= bytes.count else {
        return false
      }
      return bytes[start..<start + known.word.count].elementsEqual(known.word)
    }
  }
}
