internal import LinuxIO
internal import Synchronization

/// Lets threads wait for a time or a call, and ends all waits when everything stops.
final class JudgeWaiting: Sendable {
  /// One thread's place to wait at; used again by others after.
  final class Place: Sendable {
    private let notifier: EventNotifier
    private let epoll: Epoll

    fileprivate init(closing: Int32) throws(Errno) {
      notifier = try EventNotifier()
      epoll = try Epoll()
      try epoll.add(notifier.raw, .read, token: 0)
      try epoll.add(closing, .read, token: 1)
    }

    /// Ends the present or next wait here.
    func call() { notifier.signal() }

    fileprivate func clear() { notifier.drain() }

    /// Waits until called, closed, or `time` on the monotonic clock. Returns early now and then.
    fileprivate func wait(until time: Int64) {
      let left = time == .max ? .max : max(0, time - Clock.monotonic)
      let milliseconds = min(left / 1_000_000 + 1, 60_000)
      do throws(Errno) {
        try epoll.wait(into: EpollEvents(capacity: 2), milliseconds: Int32(milliseconds))
      } catch {
        preconditionFailure("an epoll of our own eventfds works: \(error)")
      }
    }
  }

  private struct Shelf: Sendable {
    var places: [Place] = []
    var isClosed = false
  }

  /// Places kept for the next who wait.
  private static let shelfLimit = 256

  /// Signalled once and never drained, so that every place sees it.
  private let closing: EventNotifier
  private let shelf = Mutex(Shelf())

  init() throws(Errno) {
    closing = try EventNotifier()
  }

  var isClosed: Bool { shelf.withLock { $0.isClosed } }

  /// Ends all waits, now and later.
  func close() {
    shelf.withLock { $0.isClosed = true }
    closing.signal()
  }

  /// Runs `body` with a place that nobody else waits at.
  func withPlace<Value>(_ body: (Place) -> Value) throws(Errno) -> Value {
    let kept = shelf.withLock { $0.places.popLast() }
    let place: Place
    if let kept { place = kept } else { place = try Place(closing: closing.raw) }
    defer {
      place.clear()
      shelf.withLock { if $0.places.count < Self.shelfLimit { $0.places.append(place) } }
    }
    return body(place)
  }

  /// Waits at `place` until `condition` holds; false when everything stops before.
  func wait(at place: Place, until condition: () -> Bool) -> Bool {
    while !condition() {
      guard !isClosed else { return false }
      place.wait(until: .max)
      // Whoever calls has made the condition true before.
      place.clear()
    }
    return true
  }

  /// Waits at `place` until it is called, everything stops, or `time` on the monotonic clock.
  func wait(at place: Place, until time: Int64) {
    guard !isClosed else { return }
    place.wait(until: time)
    place.clear()
  }

  /// Waits until `time` on the monotonic clock; false when everything stops before.
  func pause(until time: Int64) -> Bool {
    guard time > Clock.monotonic else { return !isClosed }
    do throws(Errno) {
      return try withPlace { place in
        while Clock.monotonic < time {
          guard !isClosed else { return false }
          place.wait(until: time)
        }
        return !isClosed
      }
    } catch {
      // No descriptors are left: better no call than one too early.
      return false
    }
  }
}
