import LinuxIO
import Testing

struct ListenerTests {
  private static let anyPort = SocketAddress.ipv4([127, 0, 0, 1], port: 0)

  /// A host of this machine that no other test uses, so that a port stays free once it is.
  private static let quietHost = SocketAddress.ipv4([127, 77, 0, 1], port: 0)

  private func refusal(_ body: () throws(Errno) -> Void) -> Errno? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func `a port is chosen and a connection tells where it comes from`(_ text: String) throws {
    let address = try SocketAddress(text)
    let listener = try Listener(address)
    #expect(listener.address.port != 0)
    #expect(listener.address.host == address.host)
    let isIdle = try listener.accept() == nil
    #expect(isIdle)
    let client = Box(try FileDescriptor.connected(to: listener.address, milliseconds: 5_000))
    let isReady = try listener.waitForConnection(milliseconds: 5_000)
    #expect(isReady)
    let accepted = try AcceptedPeer(listener.accept())
    let connection = try #require(accepted)
    #expect(connection.peer.host == address.host)
    #expect(connection.peer.port != listener.address.port)
    #expect(try client.write([9]) == .bytes(1))
    #expect(try connection.box.read(1) == [9])
  }

  @Test func `a port in use is an error`() throws {
    let listener = try Listener(Self.anyPort)
    let address = listener.address
    #expect(refusal { () throws(Errno) in _ = try Listener(address) } == .addressInUse)
    #expect(refusal { () throws(Errno) in try Listener.probe(address) } == .addressInUse)
  }

  @Test func `listeners that share a port are found by the probe`() throws {
    let first = try Listener(Self.anyPort, sharesPort: true)
    let second = try Listener(first.address, sharesPort: true)
    let address = second.address
    #expect(address == first.address)
    #expect(refusal { () throws(Errno) in try Listener.probe(address) } == .addressInUse)
  }

  @Test func `a free port passes the probe and can be used after it`() throws {
    let address: SocketAddress
    do { address = try Listener(Self.quietHost).address }
    try Listener.probe(address)
    let listener = try Listener(address, sharesPort: true)
    #expect(listener.address == address)
  }

  @Test func `nobody listening is an error`() throws {
    let address: SocketAddress
    do { address = try Listener(Self.quietHost).address }
    let error = refusal { () throws(Errno) in
      _ = try FileDescriptor.connected(to: address, milliseconds: 5_000)
    }
    #expect(error == .connectionRefused)
  }

  @Test func `a unix socket belongs to its owner and goes away`() throws {
    try withDirectory { directory in
      let path = "\(directory)/s"
      do {
        let listener = try Listener(.unix(path))
        #expect(try FileSystem.mode(of: path) == 0o600)
        let client = Box(try FileDescriptor.connected(to: .unix(path), milliseconds: 5_000))
        let accepted = try AcceptedPeer(listener.accept())
        let connection = try #require(accepted)
        #expect(connection.peer == .unix(""))
        #expect(try client.write([1]) == .bytes(1))
        #expect(try connection.box.read(1) == [1])
      }
      #expect(throws: Errno.noEntry) { try FileSystem.size(of: path) }
    }
  }

  @Test func `a unix socket on which somebody accepts is left alone`() throws {
    try withDirectory { directory in
      let path = "\(directory)/s"
      let listener = try Listener(.unix(path))
      #expect(refusal { () throws(Errno) in _ = try Listener(.unix(path)) } == .addressInUse)
      _ = try FileDescriptor.connected(to: listener.address, milliseconds: 5_000)
    }
  }

  @Test func `a socket file left behind by a crash is replaced`() throws {
    try withDirectory { directory in
      let path = "\(directory)/s"
      try leaveStaleSocket(at: path)
      let listener = try Listener(.unix(path))
      _ = try FileDescriptor.connected(to: listener.address, milliseconds: 5_000)
    }
  }

  @Test func `a file that is no socket is left alone`() throws {
    try withDirectory { directory in
      let path = "\(directory)/s"
      try FileSystem.writeAtomically([1], to: path)
      #expect(refusal { () throws(Errno) in _ = try Listener(.unix(path)) } == .addressInUse)
      #expect(try FileSystem.read(path, limit: 9) == [1])
    }
  }
}
