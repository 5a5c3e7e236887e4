import Glibc
import LinuxIO
import Testing

struct DescriptorTests {
  @Test func `bytes arrive as written and the end follows`() throws {
    let pair = try streamPair()
    #expect(try pair.near.write([1, 2, 3, 4], from: 1) == .bytes(3))
    #expect(try pair.near.write([5, 6], from: 1, then: [7, 8]) == .bytes(3))
    try pair.near.descriptor.finishWriting()
    #expect(try pair.far.read(99) == [2, 3, 4, 6, 7, 8])
    #expect(try pair.far.readOnce(1) == (.end, []))
  }

  @Test func `an empty half of a gathered write is fine`() throws {
    let pair = try streamPair()
    #expect(try pair.near.write([1], from: 1, then: [2]) == .bytes(1))
    #expect(try pair.near.write([3], from: 0, then: []) == .bytes(1))
    #expect(try pair.far.read(2) == [2, 3])
  }

  @Test func `nothing to read is no error`() throws {
    let pair = try streamPair()
    #expect(try pair.far.readOnce(10) == (.wouldBlock, []))
  }

  @Test func `a full socket takes no more until it is read`() throws {
    let pair = try streamPair()
    let block = [UInt8](repeating: 7, count: 1 << 16)
    var sent = 0
    while case .bytes(let count) = try pair.near.write(block) { sent += count }
    #expect(sent > 0)
    #expect(try pair.far.read(sent).count == sent)
    #expect(try pair.near.wait(for: .write, milliseconds: 5_000))
  }

  @Test func `a closed peer is an error that has a name`() throws {
    SignalSource.ignoreBrokenPipes()
    let pair = try streamPair()
    try pair.near.descriptor.finishWriting()
    #expect(throws: Errno.brokenPipe) { try pair.near.write([1]) }
  }

  @Test func `a reset is told to the reader`() throws {
    let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    let near = Box(try FileDescriptor.connected(to: listener.address, milliseconds: 5_000))
    let far = try next(of: listener)
    try far.resetOnClose()
    try far.close()
    #expect(throws: Errno.connectionReset) { try near.read(1) }
  }

  @Test func `waiting ends when the time is over`() throws {
    let pair = try streamPair()
    let start = Clock.monotonic
    #expect(try pair.near.wait(for: .read, milliseconds: 20) == false)
    #expect(Clock.monotonic - start >= 20_000_000)
  }

  @Test func `a descriptor closes when its owner goes away`() throws {
    let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    do {
      let near = try FileDescriptor.connected(to: listener.address, milliseconds: 5_000)
      _ = try near.write([1])
    }
    #expect(try Box(next(of: listener)).read(9) == [1])
  }

  @Test(arguments: [
    (ENOENT, "No such file or directory (ENOENT)"),
    (EADDRINUSE, "Address already in use (EADDRINUSE)"),
    (9999, "error 9999 (E9999)"),
  ])
  func `an error has words and a symbol`(_ number: Int32, _ expected: String) {
    #expect(Errno(number).description == expected)
  }
}
