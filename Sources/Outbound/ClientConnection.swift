import Codec
import HTTP
import LinuxIO

/// One connection of a client: sends whole requests, reads answers piece by piece. Its owner has
/// one exchange on it at a time.
final class ClientConnection {
  private let descriptor: FileDescriptor
  private let address: SocketAddress
  private let idleMilliseconds: Int32
  /// On the monotonic clock, when the present exchange must be over; nil for never.
  var deadline: Int64?
  /// Asked now and then while waiting; true ends the exchange as if its time were over.
  var isAbandoned: (@Sendable () -> Bool)?
  /// Milliseconds between two questions.
  private static let abandonPace: Int32 = 100
  private let slab = ByteSlab(capacity: 64 << 10)
  private var position = 0
  /// Whether an exchange has ended well here before the present one.
  private(set) var isReused = false
  /// Whether the present exchange has read a byte.
  private(set) var hasRead = false
  /// Whether the server may be reading something other than the start of a request.
  private var isSpent = false
  /// Interim answers read before a final one; each stays in the slab until the body is read, so a
  /// server that sends nothing else would fill the memory.
  private static let interimLimit = 16

  init(
    to address: SocketAddress, connectMilliseconds: Int32, idleMilliseconds: Int32
  ) throws(ClientError) {
    self.address = address
    self.idleMilliseconds = idleMilliseconds
    do {
      descriptor = try .connected(to: address, milliseconds: connectMilliseconds)
    } catch {
      throw ClientError(error, at: address)
    }
  }

  /// How long the next wait may take; −1 for ever.
  private var patience: Int32 {
    guard let deadline else { return idleMilliseconds }
    let left = Int32(clamping: max(0, (deadline - Clock.monotonic + 999_999) / 1_000_000))
    return idleMilliseconds < 0 ? left : min(left, idleMilliseconds)
  }

  /// Whether a kept connection was closed by the server, or says what nobody asked for.
  var isStale: Bool {
    do throws(Errno) {
      return try descriptor.wait(for: .read, milliseconds: 0)
    } catch {
      return true
    }
  }

  /// Waits for `interest`; false when the time is over or nobody wants the answer any more.
  private func wait(for interest: Epoll.Interest) throws(Errno) -> Bool {
    guard let isAbandoned else {
      return try descriptor.wait(for: interest, milliseconds: patience)
    }
    var left = patience
    while !isAbandoned() {
      let slice = left < 0 ? Self.abandonPace : min(left, Self.abandonPace)
      if try descriptor.wait(for: interest, milliseconds: slice) { return true }
      guard left >= 0 else { continue }
      left -= slice
      guard left > 0 else { return false }
    }
    return false
  }

  /// Sends `request`, or as much of it as a server that answers early or hangs up takes.
  func send(_ request: [UInt8]) throws(ClientError) {
    do throws(Errno) {
      var sent = 0
      while sent < request.count {
        if case .bytes(let count) = try descriptor.write(request, from: sent) {
          sent += count
        } else if try descriptor.wait(for: .read, milliseconds: 0) {
          isSpent = true
          return
        } else {
          let isReady = try wait(for: [.read, .write])
          guard isReady else { throw .timedOut }
        }
      }
    } catch {
      // Why the server hung up may still be there to be read.
      guard error == .brokenPipe || error == .connectionReset else {
        throw ClientError(error, at: address)
      }
      isSpent = true
    }
  }

  /// Reads the head of the answer to a request with `method`, past interim ones.
  func readHead() throws(ClientError) -> (head: ResponseHead, headers: [Response.Header]) {
    var parser = ResponseParser()
    var interims = 0
    parser.begin(at: position)
    while true {
      // unsafe because the view is used only until the slab grows in `fill`.
      let view = unsafe ByteView(slab)
      switch parser.parse(view) {
      case .needMore:
        guard try fill() else { throw .reset(address) }
      case .failure(let failure): throw .badResponse(failure)
      case .head(let head):
        position = head.end
        guard head.isInterim else {
          let lines = view.copy(head.fields.start, head.fields.end)
          return (head, Response.Header.all(in: lines))
        }
        interims += 1
        guard interims <= Self.interimLimit else { throw .badResponse(.tooManyInterims) }
        parser.begin(at: position)
      }
    }
  }

  /// The next bytes of the body; nothing when it is complete.
  func readBody(_ decoder: inout BodyDecoder) throws(ClientError) -> [UInt8]? {
    while true {
      // unsafe because the view is used only until the slab grows in `fill`.
      let view = unsafe ByteView(slab)
      switch decoder.next(view, &position) {
      case .data(let range): return view.copy(range.start, range.end)
      case .finished: return nil
      case .failure(let failure): throw .badResponse(failure)
      case .needMore:
        slab.truncate(to: 0)
        position = 0
        if try fill() { continue }
        guard case .finished = decoder.end() else { throw .reset(address) }
        return nil
      }
    }
  }

  /// Ends an exchange; whether the next may happen here. Bytes that nobody asked for forbid it.
  func finish(keepsAlive: Bool) -> Bool {
    guard keepsAlive, !isSpent, position == slab.count else { return false }
    slab.truncate(to: 0)
    position = 0
    isReused = true
    hasRead = false
    return true
  }

  /// Reads what has come, waiting for it; false when nothing more will.
  private func fill() throws(ClientError) -> Bool {
    do throws(Errno) {
      while true {
        // A server that sends a byte now and then never lets us wait.
        if let deadline, Clock.monotonic > deadline { throw .timedOut }
        if let isAbandoned, isAbandoned() { throw .timedOut }
        // unsafe because the room is filled before anything else touches the slab.
        switch try unsafe descriptor.read(into: slab.room(16 << 10)) {
        case .bytes(let count):
          slab.commit(count)
          hasRead = true
          return true
        case .end: return false
        case .wouldBlock:
          guard try wait(for: .read) else { throw .timedOut }
        }
      }
    } catch {
      throw ClientError(error, at: address)
    }
  }
}

extension HTTPFailure {
  fileprivate static let tooManyInterims = HTTPFailure(
    502, "too_many_interim", "cannot read the answer: too many interim ones come before it")
}
