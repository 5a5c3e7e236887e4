import CLinux
import Glibc

/// Wakes the thread that waits on its descriptor, from any thread. Signals that come before the
/// waiter drains melt into one.
package struct EventNotifier: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// A notifier that nobody has signalled.
  package init() throws(Errno) {
    descriptor = FileDescriptor(
      owning: try checked { eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) })
  }

  /// The descriptor's number, to watch for `read`.
  package var raw: Int32 { descriptor.raw }

  /// Makes the descriptor readable. Safe from every thread.
  package func signal() {
    do {
      _ = try checked { eventfd_write(raw, 1) }
    } catch {
      // A full counter means signals that have not been drained: nothing is lost.
      precondition(error.isWouldBlock, "an eventfd of ours takes eight bytes")
    }
  }

  /// Takes all signals so far; whether there was one.
  @discardableResult package func drain() -> Bool {
    var count: UInt64 = 0
    // unsafe because the kernel writes eight bytes into `count`.
    return unsafe eventfd_read(raw, &count) == 0
  }
}
