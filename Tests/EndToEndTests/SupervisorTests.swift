import LinuxIO
import TestSupport
import Testing

/// What a supervisor such as systemd hears of a collector's life.
@Suite struct SupervisorTests {
  /// Waits for one datagram; its lines.
  private func next(_ socket: borrowing DatagramSocket) throws -> [String] {
    let receiver = try DatagramReceiver(slots: 1, slotSize: 4_096)
    let epoll = try Epoll()
    try epoll.add(socket.raw, .read, token: 0)
    let events = EpollEvents(capacity: 1)
    try epoll.wait(into: events, milliseconds: 30_000)
    try #require(try receiver.receive(from: socket) == 1)
    // unsafe because the bytes are copied before the next receive.
    let text = unsafe String(decoding: Array(receiver.bytes(0)), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  @Test func `it hears of the start, of reloads and their failures, and of the stop`() throws {
    let name = "barograph-\(Random.word())"
    let socket = try DatagramSocket(binding: .unix("\0\(name)"))
    try RunningCollector.use(
      configuration: "payloads: redacted\n", environment: ["NOTIFY_SOCKET": "@\(name)"]
    ) { collector in
      let (_, listening) = (try collector.get("/livez"), "STATUS=listens on ")
      let started = try next(socket)
      #expect(started.first == "READY=1")
      #expect(started.last?.hasPrefix(listening) == true)

      collector.send(signal: ChildProcess.hangUp)
      #expect(try next(socket).first == "RELOADING=1")
      #expect(try next(socket) == started)

      let file = "\(collector.directory)/barograph.yaml"
      try FileSystem.writeAtomically(Array("listn: x\n".utf8), to: file)
      collector.send(signal: ChildProcess.hangUp)
      #expect(try next(socket).first == "RELOADING=1")
      let failed = try next(socket)
      #expect(failed.first == "READY=1")
      #expect(failed.last?.hasPrefix(listening) == true)
      #expect(failed.last?.contains("; the last reload failed: ") == true)
      #expect(failed.last?.contains("unknown key 'listn'") == true)

      #expect(try collector.stop() == .exit(0))
      #expect(try next(socket).first == "STOPPING=1")
    }
  }

  @Test func `a supervisor that does not hear keeps nothing from being served`() throws {
    try RunningCollector.use(environment: ["NOTIFY_SOCKET": "/tmp/barograph-no-supervisor"]) {
      try $0.waitForLog("cannot tell the supervisor: No such file or directory")
      try $0.post(#"{"message":"m","event_id":"a"}"#, accepted: 1)
    }
  }
}
