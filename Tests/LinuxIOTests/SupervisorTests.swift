import LinuxIO
import Testing

struct SupervisorTests {
  /// The datagrams that wait on a socket.
  private func heard(_ socket: borrowing DatagramSocket) throws -> [String] {
    let receiver = try DatagramReceiver(slots: 8, slotSize: 4_096)
    return (0..<(try receiver.receive(from: socket))).map { index in
      // unsafe because the bytes are copied before the next receive.
      unsafe String(decoding: Array(receiver.bytes(index)), as: UTF8.self)
    }
  }

  private func expectTold(as name: String, at address: SocketAddress) throws {
    let socket = try DatagramSocket(binding: address)
    let supervisor = try #require(Supervisor(environment: ["NOTIFY_SOCKET": name]))
    let before = Clock.monotonic / 1_000
    for state in [.ready("serves\nwell"), .reloading, .stopping] as [Supervisor.State] {
      let isTold = try supervisor.tell(state)
      #expect(isTold)
    }
    let told = try heard(socket)
    try #require(told.count == 3)
    #expect(told[0] == "READY=1\nSTATUS=serves well")
    #expect(told[2] == "STOPPING=1\nSTATUS=storing what came in")
    let reloading = told[1].split(separator: "=")
    #expect(reloading.dropLast() == ["RELOADING", "1\nMONOTONIC_USEC"])
    let time = try #require(Int64(reloading.last ?? ""))
    #expect((before...Clock.monotonic / 1_000).contains(time))
  }

  @Test func `a supervisor hears what it is told, by a path or a name that is no file`() throws {
    try withDirectory { directory in
      try expectTold(as: "\(directory)/notify", at: .unix("\(directory)/notify"))
    }
    let name = "barograph-\(Random.word())"
    try expectTold(as: "@\(name)", at: .unix("\0\(name)"))
  }

  @Test func `a supervisor that has gone is an error`() throws {
    try withDirectory { directory in
      let supervisor = try #require(
        Supervisor(environment: ["NOTIFY_SOCKET": "\(directory)/notify"]))
      #expect(throws: Errno.noEntry) { try supervisor.tell(.stopping) }
    }
  }

  @Test(arguments: [
    nil, "", "/", "@", "notify", "vsock:2:1234", "/" + String(repeating: "a", count: 107),
  ])
  func `without a socket of this machine there is no supervisor`(_ name: String?) {
    #expect(Supervisor(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:]) == nil)
  }
}
