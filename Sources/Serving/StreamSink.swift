internal import Synchronization

/// Where a stream's producer puts what is to go out. Bounded: a client that reads too slowly loses
/// whole messages, which are counted and can be told to it.
package final class StreamSink: Sendable {
  /// How a stream ended.
  enum End {
    /// With all that there was to send.
    case whole
    /// Before that.
    case broken
  }

  private struct State {
    var waiting: [UInt8] = []
    var dropped: Int64 = 0
    var end: End?
    var drained: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let limit: Int
  private let wake: @Sendable () -> Void

  /// A sink that holds up to `limit` bytes and calls `wake` when there is something to send.
  init(limit: Int, wake: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.wake = wake
  }

  /// Adds a message; false when the client is gone.
  package func send(_ message: [UInt8]) -> Bool {
    let isOpen = state.withLock { state in
      guard state.end == nil else { return false }
      if state.waiting.count + message.count > limit {
        state.dropped += 1
      } else {
        state.waiting += message
      }
      return true
    }
    if isOpen { wake() }
    return isOpen
  }

  /// Whether the client is gone.
  package var isClosed: Bool { state.withLock { $0.end != nil } }

  /// Messages that found no room, since last asked.
  package func takeDropped() -> Int64 {
    state.withLock { state in
      defer { state.dropped = 0 }
      return state.dropped
    }
  }

  /// Whether less than half of the room is taken: a producer that asks before each message, none of
  /// them larger than that, loses nothing.
  package var hasRoom: Bool { state.withLock { $0.waiting.count < limit / 2 } }

  /// Calls `body` whenever what waited has been taken, or the client has gone.
  package func onDrain(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.drained = body }
  }

  /// Ends the stream; `isBroken` before all was sent, so that the client can tell.
  package func close(isBroken: Bool = false) {
    let drained = state.withLock { state in
      if state.end == nil { state.end = isBroken ? .broken : .whole }
      return state.drained
    }
    wake()
    drained?()
  }

  /// Takes what waits, and how the stream has ended if it has.
  func take() -> (bytes: [UInt8], end: End?) {
    let (bytes, end, drained) = state.withLock { state in
      defer { state.waiting.removeAll(keepingCapacity: true) }
      return (state.waiting, state.end, state.drained)
    }
    if !bytes.isEmpty { drained?() }
    return (bytes, end)
  }
}
