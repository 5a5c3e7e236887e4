import LinuxIO
import Testing

struct DatagramTests {
  private static let anyPort = SocketAddress.ipv4([127, 0, 0, 1], port: 0)

  /// Receives `count` datagrams as copies, waiting for them.
  private func receive(
    _ count: Int, from socket: borrowing DatagramSocket, with receiver: DatagramReceiver
  ) throws -> [[UInt8]] {
    let epoll = try Epoll()
    let events = EpollEvents(capacity: 1)
    try epoll.add(socket.raw, .read, token: 0)
    var all: [[UInt8]] = []
    while all.count < count {
      try epoll.wait(into: events, milliseconds: 5_000)
      guard events.count > 0 else { throw Errno.timedOut }
      for index in 0..<(try receiver.receive(from: socket)) {
        // unsafe because the bytes are copied before the next receive.
        unsafe all.append(Array(receiver.bytes(index)))
      }
    }
    return all
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func `datagrams arrive whole, in order and with their sender`(_ text: String) throws {
    let socket = try DatagramSocket(binding: SocketAddress(text))
    let address = try socket.address()
    let sender = try DatagramSocket(sendingTo: address)
    let receiver = try DatagramReceiver()
    var sent: [[UInt8]] = [[], [1], [UInt8](repeating: 2, count: 65_507)]
    for number in 0..<200 { sent.append([UInt8](repeating: UInt8(number), count: number)) }
    for datagram in sent.prefix(3) {
      let isSent = try sender.send(datagram, to: address)
      #expect(isSent)
    }
    let head = try receive(3, from: socket, with: receiver)
    #expect(head == Array(sent.prefix(3)))
    for index in 0..<receiver.count {
      #expect(receiver.peer(index)?.host == address.host)
      #expect(receiver.peer(index)?.port != address.port)
      #expect(!receiver.isTruncated(index))
    }
    for datagram in sent.dropFirst(3) { _ = try sender.send(datagram, to: address) }
    let rest = try receive(200, from: socket, with: receiver)
    #expect(rest == Array(sent.dropFirst(3)))
    let left = try receiver.receive(from: socket)
    #expect(left == 0)
    #expect(receiver.count == 0)
  }

  @Test func `a datagram longer than a slot is cut and marked`() throws {
    let socket = try DatagramSocket(binding: Self.anyPort)
    let address = try socket.address()
    let sender = try DatagramSocket(sendingTo: address)
    let receiver = try DatagramReceiver(slots: 4, slotSize: 128)
    for size in [128, 129, 5] {
      _ = try sender.send([UInt8](repeating: 3, count: size), to: address)
    }
    let got = try receive(3, from: socket, with: receiver)
    #expect(got.map(\.count) == [128, 128, 5])
    #expect((0..<receiver.count).map(receiver.isTruncated) == [false, true, false])
  }

  @Test func `what the kernel drops is counted`() throws {
    let socket = try DatagramSocket(binding: Self.anyPort, receiveBuffer: 4_096)
    let address = try socket.address()
    let sender = try DatagramSocket(sendingTo: address)
    let before = try socket.kernelDrops()
    #expect(before == 0)
    let datagram = [UInt8](repeating: 1, count: 1_000)
    for _ in 0..<100 {
      let isSent = try sender.send(datagram, to: address)
      #expect(isSent)
    }
    let receiver = try DatagramReceiver(slots: 128)
    let kept = try receiver.receive(from: socket)
    let drops = try socket.kernelDrops()
    #expect(kept > 0)
    #expect(drops > 0)
    #expect(kept + Int(drops) == 100)
  }

  @Test func `the receive buffer grows as far as the system allows`() throws {
    let small = try DatagramSocket(binding: Self.anyPort, receiveBuffer: 8_192)
    let large = try DatagramSocket(binding: Self.anyPort)
    let sizes = (try small.receiveBuffer(), try large.receiveBuffer())
    #expect(sizes.0 == 16_384)
    #expect(sizes.1 > sizes.0)
  }

  @Test func `a port in use is found by the probe, shared or not`() throws {
    let first = try DatagramSocket(binding: Self.anyPort, sharesPort: true)
    let address = try first.address()
    let second = try DatagramSocket(binding: address, sharesPort: true)
    let shared = try second.address()
    #expect(shared == address)
    #expect(throws: Errno.addressInUse) { try DatagramSocket.probe(address) }
    #expect(throws: Errno.addressInUse) { _ = try DatagramSocket(binding: address) }
  }
}
