import LinuxIO
import Testing

struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:4318", SocketAddress.ipv4([127, 0, 0, 1], port: 4318), true),
    ("127.9.8.7:1", .ipv4([127, 9, 8, 7], port: 1), true),
    ("0.0.0.0:65535", .ipv4([0, 0, 0, 0], port: 65_535), false),
    ("[::1]:4318", .ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], port: 4318), true),
    ("[::]:0", .ipv6([UInt8](repeating: 0, count: 16), port: 0), false),
    (
      "[2001:db8::a]:80",
      .ipv6([32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10], port: 80), false
    ),
    (
      "[::ffff:127.0.0.1]:80",
      .ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1], port: 80), true
    ),
    ("unix:/run/a:b.sock", .unix("/run/a:b.sock"), true),
  ])
  func `an address is read and printed`(
    _ text: String, _ expected: SocketAddress, _ isLoopback: Bool
  ) throws {
    let address = try SocketAddress(text)
    #expect(address == expected)
    #expect(address.description == text)
    #expect(address.isLoopback == isLoopback)
  }

  @Test func `localhost needs no look-up`() throws {
    #expect(try SocketAddress("localhost:7") == .ipv4([127, 0, 0, 1], port: 7))
  }

  @Test(arguments: [
    ("127.0.0.1", SocketAddress.ParseError.missingPort("127.0.0.1")),
    ("", .missingPort("")),
    ("[::1]", .missingPort("[::1]")),
    ("[::1:80", .missingPort("[::1:80")),
    ("127.0.0.1:", .badPort("127.0.0.1:")),
    ("127.0.0.1:65536", .badPort("127.0.0.1:65536")),
    ("127.0.0.1:+80", .badPort("127.0.0.1:+80")),
    ("127.0.0.1:-1", .badPort("127.0.0.1:-1")),
    ("127.0.0.1: 80", .badPort("127.0.0.1: 80")),
    (":80", .badHost(":80")),
    ("::1:80", .badHost("::1:80")),
    ("[]:80", .badHost("[]:80")),
    ("[127.0.0.1]:80", .badHost("[127.0.0.1]:80")),
    ("127.0.0.256:80", .badHost("127.0.0.256:80")),
    ("127.1:80", .badHost("127.1:80")),
    ("example.org:80", .badHost("example.org:80")),
    ("unix:", .badPath("unix:")),
  ])
  func `what is no address is refused with the reason`(
    _ text: String, _ expected: SocketAddress.ParseError
  ) {
    #expect(throws: expected) { try SocketAddress(text) }
  }

  @Test func `a socket's path fits the kernel's field`() throws {
    let fits = "unix:" + String(repeating: "a", count: 107)
    #expect(try SocketAddress(fits).path?.utf8.count == 107)
    let long = fits + "a"
    #expect(throws: SocketAddress.ParseError.badPath(long)) { try SocketAddress(long) }
  }

  @Test func `a refusal is a sentence`() {
    #expect(
      SocketAddress.ParseError.badHost("a:1").description
        == "cannot use address \"a:1\": the host is neither numeric nor localhost")
  }

  @Test(arguments: [
    (SocketAddress.ipv4([10, 0, 0, 1], port: 5), "10.0.0.1"),
    (.ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], port: 5), "::1"),
    (.unix("/a"), "unix"),
  ])
  func `a peer is known by its host`(_ address: SocketAddress, _ expected: String) {
    #expect(address.host == expected)
  }
}
