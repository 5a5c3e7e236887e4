import LinuxIO
import Outbound
import TestSupport
import Testing

/// The real program on a file that is damaged, foreign or newer.
@Suite struct DamagedStoreTests {
  @Test func aDamagedFileIsSetAsideAndIntakeGoesOn() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"event_id":"a","message":"m"}"#, accepted: 1)
      let path = try Self.stopAndFold(collector)
      var bytes = try FileSystem.read(path, limit: 1 << 24)
      for index in bytes.indices { bytes[index] &+= 0x5A }
      try FileSystem.writeAtomically(bytes, to: path)
      try collector.start()
      let names = try FileSystem.names(in: collector.data).filter { $0.contains(".corrupt-") }
      let name = try #require(names.first)
      #expect(names.count == 1)
      #expect(try FileSystem.mode(of: "\(collector.data)/\(name)") == 0o600)
      #expect(try FileSystem.read("\(collector.data)/\(name)", limit: 1 << 24) == bytes)
      let log = String(decoding: collector.log, as: UTF8.self)
      #expect(
        log.contains(
          "the store is damaged (file is not a database): it is kept as "
            + "\(collector.data)/\(name), and a new file takes its place"))
      let ready = try collector.get("/readyz")
      #expect(ready.status == 200)
      #expect(ready.text.contains("damaged and set aside: \(collector.data)/\(name)"))
      try collector.post(#"{"event_id":"a","message":"m"}"#, accepted: 1)
      #expect(try collector.rowCount() == 1)
    }
  }

  @Test func aForeignFileIsRefusedAndStays() throws {
    try RunningCollector.use { collector in
      let path = try Self.stopAndFold(collector)
      var bytes = try FileSystem.read(path, limit: 1 << 24)
      // The application id, four bytes of the header.
      bytes[68] ^= 0xFF
      try FileSystem.writeAtomically(bytes, to: path)
      let process = try ChildProcess(
        RunningCollector.program,
        ["serve", "--data", collector.data, "--listen", "127.0.0.1:0", "--udp", "off"])
      #expect(process.wait() == .exit(1))
      #expect(try FileSystem.read(path, limit: 1 << 24) == bytes)
      #expect(try FileSystem.names(in: collector.data).allSatisfy { !$0.contains("corrupt") })
    }
  }

  /// Stops a collector, whose last act is to copy its log into the file, and removes the log.
  private static func stopAndFold(_ collector: RunningCollector) throws -> String {
    try collector.stop()
    let path = "\(collector.data)/barograph.db"
    for companion in ["-wal", "-shm"] where FileSystem.exists(path + companion) {
      try FileSystem.remove(path + companion)
    }
    return path
  }
}
