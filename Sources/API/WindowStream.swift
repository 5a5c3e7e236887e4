package import LinuxIO
internal import Serving
internal import Synchronization

/// Sends an answer anew each second to those who follow, on a thread of its own.
package final class WindowStream: Sendable {
  private struct Follower: Sendable {
    let sink: StreamSink
    let answer: @Sendable () -> [UInt8]?
  }

  private struct State {
    var followers: [Follower] = []
    var isClosed = false
  }

  private static let period: Int32 = 1_000

  private let state = Mutex(State())
  private let bell: EventNotifier
  private let thread = Mutex<Thread?>(nil)

  /// A stream that nobody follows.
  package init() throws(Errno) {
    bell = try EventNotifier()
    let thread = try Thread(name: "windows") { [self] in run() }
    self.thread.withLock { $0 = thread }
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

  /// Sends what `answer` gives at once and then each second.
  func follow(_ sink: StreamSink, _ answer: @escaping @Sendable () -> [UInt8]?) {
    let follower = Follower(sink: sink, answer: answer)
    Self.send(follower)
    state.withLock { $0.followers.append(follower) }
    bell.signal()
  }

  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      var next = Clock.monotonic
      while !state.withLock({ $0.isClosed }) {
        let now = Clock.monotonic
        let hasFollowers = state.withLock { !$0.followers.isEmpty }
        let wait = hasFollowers ? Int32(max(0, (next - now) / 1_000_000 + 1)) : -1
        try epoll.wait(into: events, milliseconds: wait)
        bell.drain()
        guard Clock.monotonic >= next else { continue }
        next = Clock.monotonic + Int64(Self.period) * 1_000_000
        sendAll()
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  private func sendAll() {
    var followers = state.withLock { state in
      defer { state.followers.removeAll() }
      return state.followers
    }
    for follower in followers { Self.send(follower) }
    followers.removeAll { $0.sink.isClosed }
    state.withLock { $0.followers += followers }
  }

  private static func send(_ follower: Follower) {
    guard let answer = follower.answer() else { return }
    _ = follower.sink.send(Array("data: ".utf8) + answer + [0x0A, 0x0A])
  }
}
