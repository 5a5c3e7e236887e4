internal import Synchronization
package import Telemetry
package import Windows

/// What other threads may ask the store, and tell it, at any time.
package final class StoreStatus: Sendable {
  /// The counters of committed events.
  package let totals = SeriesBoard()

  private let current = Mutex(HistoryBooks())
  private let published = Mutex<[StreamBook.Name: StreamSummary]>([:])
  private let shed = Mutex<[StreamBook.Name: Int64]>([:])

  /// The store's books as of the last commit.
  package var books: HistoryBooks { current.withLock { $0 } }

  /// The committed books of every source, those heard of last first.
  package var streams: [StreamSummary] {
    published.withLock { Array($0.values) }.sorted { $0.lastSeen > $1.lastSeen }
  }

  /// Takes note of records of an unreadable or unread kind that were shed at a door; they are in
  /// the books after the next commit. What comes from more than `Limits.streams` peers between two
  /// commits is counted under no peer.
  package func addShed(peer: [UInt8], door: Door, count: Int) {
    guard count > 0 else { return }
    shed.withLock { waiting in
      let named = Self.name(peer: peer, door: door)
      let isKnown = waiting[named] != nil || waiting.count < Limits.streams
      waiting[isKnown ? named : Self.name(peer: [], door: door), default: 0] += Int64(count)
    }
  }

  func takeShed() -> [StreamBook.Name: Int64] {
    shed.withLock { waiting in
      defer { waiting.removeAll() }
      return waiting
    }
  }

  func giveBackShed(_ counts: [StreamBook.Name: Int64]) {
    shed.withLock { $0.merge(counts, uniquingKeysWith: +) }
  }

  var hasShed: Bool { shed.withLock { !$0.isEmpty } }

  func update(_ change: (inout HistoryBooks) -> Void) {
    current.withLock { change(&$0) }
  }

  func publish(_ changed: [StreamLedger.Entry], gone: [StreamBook.Name]) {
    published.withLock { streams in
      for entry in changed {
        streams[entry.name] = StreamSummary(
          name: entry.name, book: entry.book, lastSeen: entry.lastSeen)
      }
      for name in gone { streams[name] = nil }
    }
  }

  private static func name(peer: [UInt8], door: Door) -> StreamBook.Name {
    StreamBook.Name(src: [], service: [], peer: peer, door: door, tenantScope: 0)
  }
}
