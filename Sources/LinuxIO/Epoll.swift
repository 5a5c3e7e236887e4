import CLinux
import Glibc

/// Waits for many descriptors at once. Level-triggered; each registration carries a token that
/// comes back with its events. One thread waits; any thread may register.
package struct Epoll: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// What to wait for, and what came. Errors and hang-ups come without being asked for.
  package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    /// The set with these bits of `EPOLL*`.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, a connection or the end can be read.
    package static let read = Interest(rawValue: UInt32(LINUX_EPOLLIN))
    /// Room to write.
    package static let write = Interest(rawValue: UInt32(LINUX_EPOLLOUT))
    /// The other side will send no more.
    package static let peerClosed = Interest(rawValue: UInt32(LINUX_EPOLLRDHUP))
    /// Wakes one of the waiting epolls instead of all. Only with `add`.
    package static let exclusive = Interest(rawValue: LINUX_EPOLLEXCLUSIVE)
    /// An error waits on the descriptor.
    package static let error = Interest(rawValue: UInt32(LINUX_EPOLLERR))
    /// Both directions are closed.
    package static let hangUp = Interest(rawValue: UInt32(LINUX_EPOLLHUP))
  }

  /// An epoll that watches nothing yet.
  package init() throws(Errno) {
    descriptor = FileDescriptor(owning: try checked { epoll_create1(O_CLOEXEC) })
  }

  /// Watches the descriptor numbered `number`.
  package func add(_ number: Int32, _ interest: Interest, token: UInt64) throws(Errno) {
    try control(EPOLL_CTL_ADD, number, interest, token)
  }

  /// Changes what is waited for. A descriptor added as `exclusive` cannot be modified.
  package func modify(_ number: Int32, _ interest: Interest, token: UInt64) throws(Errno) {
    try control(EPOLL_CTL_MOD, number, interest, token)
  }

  /// Stops watching. Events of it that a `wait` already returned stay in the buffer.
  package func remove(_ number: Int32) throws(Errno) {
    try control(EPOLL_CTL_DEL, number, [], 0)
  }

  /// Fills `events` with what is ready, waiting at most `milliseconds` (−1: for ever). Returns
  /// early and empty when a signal interrupts.
  package func wait(into events: EpollEvents, milliseconds: Int32) throws(Errno) {
    events.count = 0
    // unsafe because the kernel writes at most `capacity` events into the buffer.
    let count = unsafe epoll_wait(
      descriptor.raw, events.base, Int32(events.capacity), milliseconds)
    guard count >= 0 else {
      if Errno.last.number == EINTR { return }
      throw Errno.last
    }
    events.count = Int(count)
  }

  private func control(
    _ operation: Int32, _ number: Int32, _ interest: Interest, _ token: UInt64
  ) throws(Errno) {
    _ = try checked {
      linux_epoll_ctl(descriptor.raw, operation, number, interest.rawValue, token)
    }
  }
}

/// The buffer an epoll reports into; made once per loop.
@safe package final class EpollEvents {
  // unsafe because the kernel fills this memory; only the first `count` events are ever read.
  fileprivate let base: UnsafeMutablePointer<epoll_event>
  /// How many events one wait can bring.
  package let capacity: Int
  /// How many events the last wait brought.
  package fileprivate(set) var count = 0

  /// Room for `capacity` events.
  package init(capacity: Int = 256) {
    precondition(capacity > 0, "a wait can bring an event")
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity)
  }

  deinit { unsafe base.deallocate() }

  /// The event at `index` of the last wait.
  package subscript(index: Int) -> (token: UInt64, ready: Epoll.Interest) {
    precondition(index >= 0 && index < count, "only events of the last wait are read")
    return unsafe (
      linux_epoll_token(base + index), Epoll.Interest(rawValue: (base + index).pointee.events)
    )
  }
}
