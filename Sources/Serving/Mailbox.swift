internal import HTTP
internal import LinuxIO
internal import Synchronization

/// Letters from query threads to one event loop. Every letter answers a request of that loop, so
/// their number is bounded by its connections.
final class Mailbox: Sendable {
  enum Letter: Sendable {
    /// The answer to the request of a connection.
    case answer(UInt64, Response)
    /// A stream of a connection begins.
    case begin(UInt64, StreamSink, [HTTPField])
    /// A stream has something to send.
    case flush(UInt64)
  }

  private let letters = Mutex<[Letter]>([])
  private let bell: @Sendable () -> Void

  /// A mailbox that rings `bell` when it gets a letter.
  init(bell: @escaping @Sendable () -> Void) {
    self.bell = bell
  }

  func post(_ letter: Letter) {
    letters.withLock { $0.append(letter) }
    bell()
  }

  func takeAll() -> [Letter] {
    letters.withLock { letters in
      defer { letters.removeAll(keepingCapacity: true) }
      return letters
    }
  }
}
