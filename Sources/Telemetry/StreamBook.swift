/// The books of one source: what came of everything it sent. A source is a stream `src` with its
/// counter, or, for what carries none, the service and the peer's address.
package struct StreamBook: Equatable, Sendable {
  /// Which source.
  package struct Name: Hashable, Sendable {
    /// The sender's stream id, or empty.
    package let src: [UInt8]
    /// The sender's service, or empty.
    package let service: [UInt8]
    /// The peer's address; empty where `src` is given, since a stream may change address.
    package let peer: [UInt8]
    package let door: Door
    /// The key's tenant id.
    package let tenantScope: UInt32

    /// The name of a source.
    package init(
      src: [UInt8], service: [UInt8], peer: [UInt8], door: Door, tenantScope: UInt32
    ) {
      self.src = src
      self.service = service
      self.peer = peer
      self.door = door
      self.tenantScope = tenantScope
    }
  }

  /// Records, by what became of them.
  /// What became of its records.
  package var stored: Int64 = 0
  package var duplicate: Int64 = 0
  package var rejected: Int64 = 0
  package var shed: Int64 = 0
  /// Events stored without any identity: re-sending them counts them twice.
  package var unidentified: Int64 = 0
  /// Records whose counter had been seen before: `sent + resent` is the sum of all outcomes.
  package private(set) var resent: Int64 = 0
  /// The highest counter seen; nil where the source sends none.
  package private(set) var highest: Int64?
  /// Counters below `highest` that never came, as closed ranges in rising order; the newest
  /// `Limits.gaps` of them.
  package private(set) var gaps: [ClosedRange<Int64>] = []
  /// Counters in gaps older than those kept, and where the kept ones begin.
  package private(set) var forgottenLost: Int64 = 0
  private var forgottenUpTo: Int64 = 0

  /// Books in which nothing is written.
  package init() {}

  /// The counting part of books as they were saved.
  package init(
    highest: Int64?, resent: Int64, gaps: [ClosedRange<Int64>], forgottenLost: Int64
  ) {
    self.highest = highest
    self.resent = resent
    self.gaps = gaps
    self.forgottenLost = forgottenLost
    forgottenUpTo = forgottenLost > 0 ? (gaps.first?.lowerBound ?? highest ?? 0) - 1 : 0
  }

  /// Counters that never came.
  package var lost: Int64 { gaps.reduce(forgottenLost) { $0 + Int64($1.count) } }

  /// Takes note of a counter. A stream starts at 1; others are no counters.
  package mutating func see(_ counter: Int64) {
    guard counter > 0 else { return }
    let last = highest ?? 0
    guard counter <= last else {
      if counter > last + 1 { addGap(last + 1...counter - 1) }
      highest = counter
      return
    }
    if counter <= forgottenUpTo, forgottenLost > 0 {
      forgottenLost -= 1
    } else if !fill(counter) {
      resent += 1
    }
  }

  private mutating func addGap(_ gap: ClosedRange<Int64>) {
    gaps.append(gap)
    guard gaps.count > Limits.gaps else { return }
    let oldest = gaps.removeFirst()
    forgottenLost += Int64(oldest.count)
    forgottenUpTo = oldest.upperBound
  }

  private mutating func fill(_ counter: Int64) -> Bool {
    guard let index = gaps.lastIndex(where: { $0.contains(counter) }) else { return false }
    let gap = gaps.remove(at: index)
    if counter < gap.upperBound { gaps.insert(counter + 1...gap.upperBound, at: index) }
    if gap.lowerBound < counter { gaps.insert(gap.lowerBound...counter - 1, at: index) }
    return true
  }
}
