import CLinux
import Glibc
import Synchronization

/// One thread of the operating system. Whoever starts it joins it, once; a thread whose owner goes
/// away before runs on unobserved.
package final class Thread: Sendable {
  private let thread: pthread_t
  /// Relaxed: it only tells a second join, by any thread, from the first one.
  private let isJoined = Atomic(false)

  /// Starts `body` on a new thread that the system shows under `name` (15 bytes are kept). With
  /// `processor` it stays on that processor; where that one is not ours to use, it runs anywhere.
  package init(
    name: String, processor: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) throws(Errno) {
    let start = ThreadStart(name: name, processor: processor, body: body)
    var thread = pthread_t()
    // unsafe because the closure travels as a retained pointer; the new thread takes it over, and
    // when there is no new thread it is released here.
    let argument = unsafe Unmanaged.passRetained(start)
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, argument.toOpaque())
    guard result == 0 else {
      unsafe argument.release()
      throw Errno(result)
    }
    self.thread = thread
  }

  deinit {
    if !isJoined.load(ordering: .relaxed) { pthread_detach(thread) }
  }

  /// Waits until the thread's body has returned.
  package func join() {
    let isSecond = isJoined.exchange(true, ordering: .relaxed)
    precondition(!isSecond, "a thread is joined once")
    let result = pthread_join(thread, nil)
    precondition(result == 0, "a thread does not join itself")
  }

  /// How many processors this process may run on; at least one.
  package static var availableProcessors: Int {
    var mask: InlineArray<16, UInt> = InlineArray(repeating: 0)
    let size = unsafe withUnsafeMutableBytes(of: &mask) {
      unsafe linux_getaffinity(
        0, $0.count, $0.bindMemory(to: UInt.self).baseAddress)
    }
    guard size > 0 else { return 1 }
    var count = 0
    for index in mask.indices { count += mask[index].nonzeroBitCount }
    return max(1, count)
  }
}

private final class ThreadStart: Sendable {
  private let name: String
  private let processor: Int?
  private let body: @Sendable () -> Void

  init(name: String, processor: Int?, body: @escaping @Sendable () -> Void) {
    self.name = String(decoding: name.utf8.prefix(15), as: UTF8.self)
    self.processor = processor
    self.body = body
  }

  func run() {
    _ = unsafe linux_setname(pthread_self(), name)
    if let processor, processor >= 0, processor < 1024 {
      var mask: InlineArray<16, UInt> = InlineArray(repeating: 0)
      mask[processor / UInt.bitWidth] = 1 << (processor % UInt.bitWidth)
      unsafe withUnsafeBytes(of: &mask) {
        _ = unsafe linux_setaffinity(0, $0.count, $0.bindMemory(to: UInt.self).baseAddress)
      }
    }
    body()
  }
}
