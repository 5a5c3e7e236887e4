internal import Codec
internal import Intake
internal import LinuxIO
internal import Synchronization
internal import Telemetry

/// What came by datagrams, beyond the events in them.
package final class DatagramBook: Sendable {
  /// Relaxed: plain counts.
  private let received = Atomic(Int64(0))
  private let truncated = Atomic(Int64(0))
  private let dropped = Atomic(Int64(0))
  private let refused = Atomic(Int64(0))

  /// An empty book.
  package init() {}

  /// Datagrams taken from the kernel.
  package var datagrams: Int64 { received.load(ordering: .relaxed) }
  /// Datagrams longer than a datagram can be, cut by the kernel.
  package var cut: Int64 { truncated.load(ordering: .relaxed) }
  /// Datagrams the kernel dropped for want of room, as it counts them.
  package var kernelDrops: Int64 { dropped.load(ordering: .relaxed) }

  /// Datagrams whose sender may not send, or sent too much.
  package var refusals: Int64 { refused.load(ordering: .relaxed) }

  func count(refused count: Int) { refused.add(Int64(count), ordering: .relaxed) }

  func count(received count: Int, truncated cut: Int) {
    received.add(Int64(count), ordering: .relaxed)
    if cut > 0 { truncated.add(Int64(cut), ordering: .relaxed) }
  }

  func note(kernelDrops: UInt32) {
    dropped.store(Int64(kernelDrops), ordering: .relaxed)
  }
}

/// A datagram socket and the memory to receive into.
final class DatagramIntake {
  /// A drain that brings fewer than this is followed by a pause, so that datagrams gather.
  static let small = 48
  /// How many times the socket is drained between two looks at the connections.
  static let rounds = 16

  let socket: DatagramSocket
  let receiver: DatagramReceiver
  let book: DatagramBook
  var isPaused = false
  var resumesAt: Int64 = 0

  init(socket: consuming DatagramSocket, book: DatagramBook) throws(Errno) {
    self.socket = socket
    self.book = book
    receiver = try DatagramReceiver(slots: 256)
  }

  /// Notes the kernel's count of what it dropped.
  func noteDrops() {
    do throws(Errno) {
      book.note(kernelDrops: try socket.kernelDrops())
    } catch {
      preconditionFailure("a socket tells its own memory figures: \(error)")
    }
  }
}

extension EventLoop {
  /// How long datagrams may gather: half a millisecond.
  private static let pause: Int64 = 500_000

  /// Takes in what waits. While the writer has no room nothing is read: the kernel then drops, and
  /// counts, what its buffer cannot hold.
  func receiveDatagrams() {
    guard let intake = datagramIntake, waitingDatagrams.isEmpty else {
      return pauseDatagrams()
    }
    for _ in 0..<DatagramIntake.rounds {
      do throws(Errno) {
        let count = try intake.receiver.receive(from: intake.socket)
        if count > 0 { takeIn(intake, count) }
        if count < DatagramIntake.small { break }
      } catch {
        shared.log(ServingNote("cannot receive datagrams: \(error)", isError: true))
        break
      }
      if !waitingDatagrams.isEmpty { break }
    }
    intake.noteDrops()
    pauseDatagrams()
  }

  private func pauseDatagrams() {
    guard let intake = datagramIntake, !intake.isPaused else { return }
    intake.isPaused = true
    intake.resumesAt = Clock.monotonic + Self.pause
    watchDatagrams([])
  }

  /// Hands over what waited for room and, after the pause, looks at the socket again.
  func resumeDatagrams() {
    while let batch = waitingDatagrams.last, push(batch) { waitingDatagrams.removeLast() }
    guard let intake = datagramIntake, intake.isPaused, waitingDatagrams.isEmpty,
      Clock.monotonic >= intake.resumesAt
    else { return }
    intake.isPaused = false
    watchDatagrams(.read)
  }

  private func watchDatagrams(_ interest: Epoll.Interest) {
    guard let intake = datagramIntake else { return }
    do throws(Errno) {
      try epoll.modify(intake.socket.raw, interest, token: Token.datagrams)
    } catch {
      preconditionFailure("our own socket can be watched: \(error)")
    }
  }

  /// Decodes the received datagrams, one batch for each sender's address.
  private func takeIn(_ intake: DatagramIntake, _ count: Int) {
    followRules()
    let now = Clock.wall
    var open: [(host: String, batch: EventBatch?)] = []
    var cut = 0
    for index in 0..<count {
      if intake.receiver.isTruncated(index) { cut += 1 }
      let address = intake.receiver.peer(index)
      let host = address?.host ?? ""
      if open.last?.host != host, let known = open.firstIndex(where: { $0.host == host }) {
        open.swapAt(known, open.count - 1)
      } else if open.last?.host != host {
        let isWelcome = address.map { accepts(datagramsFrom: $0, host) } ?? false
        open.append((host, isWelcome ? datagramBatch(host, now) : nil))
      }
      if let batch = open.last?.batch {
        decode(intake.receiver, index, into: batch)
      } else {
        intake.book.count(refused: 1)
      }
    }
    intake.book.count(received: count, truncated: cut)
    for case (let host, let batch?) in open {
      if let rate = rules.clientEvents {
        shared.access.rates.charge(
          Double(batch.recordCount), .datagrams, to: host, rate: rate, at: Clock.coarseMonotonic)
      }
      if !push(batch) { waitingDatagrams.append(batch) }
    }
  }

  /// Whether what came from an address is taken now; a refusal counts once for all that came of it
  /// together.
  private func accepts(datagramsFrom address: SocketAddress, _ host: String) -> Bool {
    if !rules.accepts(datagramsFrom: address) {
      shared.access.book.count(.datagramSender)
      return false
    }
    if let rate = rules.clientEvents,
      shared.access.rates.take(0, .datagrams, of: host, rate: rate, at: Clock.coarseMonotonic)
        != nil
    {
      shared.access.book.count(.datagramRate)
      return false
    }
    return true
  }

  private func datagramBatch(_ host: String, _ now: Int64) -> EventBatch {
    let batch = batches.batch(around: batches.slab(64 << 10))
    batch.door = .udp
    batch.receivedAt = now
    batch.peer = Array(host.utf8)
    return batch
  }

  private func decode(_ receiver: DatagramReceiver, _ index: Int, into batch: EventBatch) {
    let start = batch.body.count
    let bytes = unsafe receiver.bytes(index)
    let isGzip = unsafe bytes.count > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    if isGzip {
      let packed = ByteSlab(capacity: bytes.count)
      unsafe packed.append(bytes)
      if inflate(packed, as: .fixed(.gzip), into: batch.body) != nil {
        // What cannot be inflated is read as it is, and refused as no JSON.
        batch.body.truncate(to: start)
        unsafe batch.body.append(bytes)
      }
    } else {
      unsafe batch.body.append(bytes)
    }
    decoder.decodeLines(batch, RecordExtent(start: start, end: batch.body.count))
  }

  /// Hands a batch of datagrams to the writer; false when there is no room now.
  private func push(_ batch: EventBatch) -> Bool {
    books.enter(batch)
    if journal.push(batch) { return true }
    books.leave(batch)
    return false
  }
}
