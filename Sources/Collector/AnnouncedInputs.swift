internal import Codec
internal import Exposition
internal import LinuxIO
internal import Synchronization

/// The inputs of calls whose start was announced, until their end comes without one: in memory
/// only, as they came. Bounded in bytes and time; the oldest goes first.
final class AnnouncedInputs: Sendable {
  fileprivate struct Entry: Sendable {
    let identity: Hash128
    let number: Int64
    let expiry: Int64
  }

  fileprivate struct State: Sendable {
    var inputs: [Hash128: (number: Int64, text: [UInt8])] = [:]
    /// In the order of arrival, from `first` on; those that were fetched are still among them.
    var order: [Entry] = []
    var first = 0
    var bytes = 0
    var last: Int64 = 0
    var dropped: Int64 = 0
  }

  /// ns after which the end of a call is no longer waited for: as long as a call is in flight.
  private static let patience: Int64 = 600_000_000_000
  /// Bytes that an input counts beside its text.
  fileprivate static let overhead = 128

  private let capacity: Int
  private let state = Mutex(State())

  /// Room for inputs of so many bytes.
  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Keeps the input of a call when it is `now` on the monotonic clock.
  func keep(_ text: [UInt8], of identity: Hash128, now: Int64) {
    state.withLock { state in
      state.forget(before: now)
      guard text.count + Self.overhead <= capacity else {
        state.dropped += 1
        return
      }
      _ = state.remove(identity)
      state.last += 1
      state.inputs[identity] = (state.last, text)
      state.order.append(
        Entry(identity: identity, number: state.last, expiry: now + Self.patience))
      state.bytes += text.count + Self.overhead
      while state.bytes > capacity { state.dropFirst() }
      state.sweep()
    }
  }

  /// The input of a call that has ended, once.
  func fetch(_ identity: Hash128) -> [UInt8]? {
    state.withLock { $0.remove(identity) }
  }

  /// Places in the order of arrival, those of fetched inputs too.
  var places: Int { state.withLock { $0.order.count } }

  /// What is shown of it.
  var families: [MetricFamily] {
    let (bytes, dropped) = state.withLock { state in
      state.forget(before: Clock.coarseMonotonic)
      return (state.bytes, state.dropped)
    }
    return [
      MetricFamily(
        "barograph_announced_inputs_bytes", .gauge,
        "Inputs of announced calls that wait for the calls' ends.", value: Double(bytes)),
      MetricFamily(
        "barograph_announced_inputs_dropped_total", .counter,
        "Inputs of announced calls that found no room until the calls' ends.",
        value: Double(dropped)),
    ]
  }
}

extension AnnouncedInputs.State {
  mutating func remove(_ identity: Hash128) -> [UInt8]? {
    guard let found = inputs.removeValue(forKey: identity) else { return nil }
    bytes -= found.text.count + AnnouncedInputs.overhead
    return found.text
  }

  mutating func forget(before now: Int64) {
    while first < order.count, order[first].expiry <= now || isGone(order[first]) {
      if !isGone(order[first]) { _ = remove(order[first].identity) }
      first += 1
    }
  }

  mutating func dropFirst() {
    let oldest = order[first]
    if !isGone(oldest) {
      _ = remove(oldest.identity)
      dropped += 1
    }
    first += 1
  }

  /// Whether a place in the order is that of an input that was fetched, or came anew.
  private func isGone(_ entry: AnnouncedInputs.Entry) -> Bool {
    inputs[entry.identity]?.number != entry.number
  }

  /// Lets go of places whose inputs are gone, once most are.
  mutating func sweep() {
    guard order.count > 2 * inputs.count + 1_024 else { return }
    order = order[first...].filter { !isGone($0) }
    first = 0
  }
}
