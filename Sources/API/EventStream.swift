package import History
package import LinuxIO
internal import Serving
internal import Synchronization

/// Sends newly stored events to those who follow along, on a thread of its own: it reads what was
/// committed, so a slow follower delays nobody.
package final class EventStream: Sendable {
  private struct Follower: Sendable {
    let filter: EventFilter
    let scope: TenantScope
    let sink: StreamSink
    var last: Int64
  }

  private struct State {
    var followers: [Follower] = []
    var isClosed = false
  }

  /// How a stream of server-sent events is called.
  static let contentType = "text/event-stream"
  /// Rows sent to one follower before the next one's turn.
  private static let turn = 500
  /// Milliseconds between two signs of life.
  private static let heartbeat: Int32 = 15_000

  private let pool: ReadPool
  private let state = Mutex(State())
  private let bell: EventNotifier
  private let thread = Mutex<Thread?>(nil)

  /// A stream of what is stored in the file of `pool`.
  package init(_ pool: ReadPool) throws(Errno) {
    self.pool = pool
    bell = try EventNotifier()
    let thread = try Thread(name: "stream") { [self] in run() }
    self.thread.withLock { $0 = thread }
  }

  /// Tells that something was committed. From any thread.
  package func wake() {
    bell.signal()
  }

  /// Ends the thread and every stream.
  package func close() {
    let followers = state.withLock { state in
      state.isClosed = true
      return state.followers
    }
    for follower in followers { follower.sink.close() }
    bell.signal()
    thread.withLock { $0 }?.join()
  }

  /// Sends what matches in `scope` from now on to `sink`.
  func follow(
    _ filter: EventFilter, in scope: TenantScope, after last: Int64, _ sink: StreamSink
  ) {
    let follower = Follower(filter: filter, scope: scope, sink: sink, last: last)
    state.withLock { $0.followers.append(follower) }
    _ = sink.send(Array(": following\n\n".utf8))
    bell.signal()
  }

  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while !state.withLock({ $0.isClosed }) {
        try epoll.wait(into: events, milliseconds: Self.heartbeat)
        let isRung = bell.drain()
        serveAll(isRung: isRung)
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  private func serveAll(isRung: Bool) {
    var followers = state.withLock { state in
      defer { state.followers.removeAll() }
      return state.followers
    }
    guard !followers.isEmpty else { return }
    var hasMore = false
    for index in followers.indices {
      if isRung {
        hasMore = serve(&followers[index]) || hasMore
      } else {
        _ = followers[index].sink.send(Array(": still here\n\n".utf8))
      }
    }
    followers.removeAll { $0.sink.isClosed }
    state.withLock { $0.followers += followers }
    if hasMore { bell.signal() }
  }

  /// Sends one turn's rows; whether there are more.
  private func serve(_ follower: inout Follower) -> Bool {
    let (filter, last) = (follower.filter, follower.last)
    let step = pool.read(follower.scope) { reader in
      read(reader, filter, last)
    } orElse: { _ in
      nil
    }
    guard let step else { return false }
    for row in step.rows {
      _ = follower.sink.send(Array("data: ".utf8) + row + [0x0A, 0x0A])
    }
    let dropped = follower.sink.takeDropped()
    if dropped > 0 {
      _ = follower.sink.send(Array("event: dropped\ndata: \(dropped)\n\n".utf8))
    }
    follower.last = step.last
    return step.last < step.newest
  }

  private struct Step {
    let rows: [[UInt8]]
    let last: Int64
    let newest: Int64
  }

  private func read(_ reader: EventReader, _ filter: EventFilter, _ after: Int64) -> Step? {
    do throws(StoreError) {
      let (rows, last) = try reader.rows(filter, after: after, limit: Self.turn)
      return Step(rows: rows, last: last, newest: try reader.newest())
    } catch {
      return nil
    }
  }
}
