internal import Synchronization

/// Where a stream's producer puts what is to go out. Bounded: a client that reads too slowly loses
/// whole messages, which are counted and can be told to it.
package final class StreamSink: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    var dropped: Int64 = 0
    var isClosed = false
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
      guard !state.isClosed else { return false }
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
  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Messages that found no room, since last asked.
  package func takeDropped() -> Int64 {
    state.withLock { state in
      defer { state.dropped = 0 }
      return state.dropped
    }
  }

  /// Ends the stream.
  package func close() {
    state.withLock { $0.isClosed = true }
    wake()
  }

  /// Takes what waits, and whether the stream has ended.
  func take() -> (bytes: [UInt8], isClosed: Bool) {
    state.withLock { state in
      defer { state.waiting.removeAll(keepingCapacity: true) }
      return (state.waiting, state.isClosed)
    }
  }
}
