import LinuxIO
import Outbound
import Testing

struct EndpointTests {
  @Test(arguments: [
    ("http://127.0.0.1:4318", "127.0.0.1:4318", "127.0.0.1:4318", ""),
    ("HTTP://localhost:4318/", "127.0.0.1:4318", "localhost:4318", ""),
    ("http://[::1]:4318/a/b/", "[::1]:4318", "[::1]:4318", "/a/b"),
    ("http://[::1]", "[::1]:80", "[::1]", ""),
    ("http://localhost/a", "127.0.0.1:80", "localhost", "/a"),
    ("unix:/run/b.sock", "unix:/run/b.sock", "localhost", ""),
  ])
  func `a URL says where to connect and what to call the host`(
    _ url: String, _ address: String, _ host: String, _ prefix: String
  ) throws {
    let endpoint = try Endpoint(url)
    #expect(endpoint.address.description == address)
    #expect(String(decoding: endpoint.host, as: UTF8.self) == host)
    #expect(endpoint.prefix == prefix)
  }

  @Test(arguments: [
    (
      "https://a:1",
      "cannot ask a server by https: only http://HOST:PORT and unix:PATH are spoken here"
    ),
    ("ftp://a", "cannot ask a server by ftp: only http://HOST:PORT and unix:PATH are spoken here"),
    (
      "127.0.0.1:4318",
      "cannot use URL \"127.0.0.1:4318\": expected http://HOST:PORT or unix:PATH"
    ),
    (
      "http://example.org:1",
      "cannot use URL \"http://example.org:1\": cannot use address \"example.org:1\": "
        + "the host is neither numeric nor localhost"
    ),
    (
      "http://127.0.0.1/?a",
      "cannot use URL \"http://127.0.0.1/?a\": a server's path has no query or fragment"
    ),
  ])
  func `another URL is refused with the reason`(_ url: String, _ expected: String) {
    do {
      _ = try Endpoint(url)
      Issue.record("\(url) passed")
    } catch {
      #expect(error.description == expected)
    }
  }
}

struct RetryAfterTests {
  @Test(
    arguments: [
      ("0", 0), ("30", 30), ("86400", 86_400),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sun, 06 Nov 1994 08:49:30 GMT", 0),
      ("Sun, 06 Nov 1994 08:49:00 GMT", 0), ("Mon, 07 Nov 1994 08:49:30 GMT", 86_400),
      ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil), ("99999999999999999999", nil),
      ("Sun, 06 Nov 1994 08:49:37", nil), ("Sun, 06 nov 1994 08:49:37 GMT", nil),
      ("Sun, 6 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
      ("Sun, 00 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:4a:37 GMT", nil),
    ] as [(String, Int64?)])
  func `seconds and dates are read, nothing else`(_ text: String, _ expected: Int64?) {
    #expect(RetryAfter.seconds(text, now: 784_111_770) == expected)
  }
}

struct BackoffTests {
  private let backoff = Backoff(
    firstMilliseconds: 100, longestMilliseconds: 1_000, tries: 8, totalMilliseconds: 10_000)

  @Test func `the widest wait doubles up to its limit`() {
    let widths: [Int64] = [100, 200, 400, 800, 1_000, 1_000, 1_000]
    for (index, width) in widths.enumerated() {
      let failed = index + 1
      #expect(backoff.wait(failed: failed, elapsed: 0, random: UInt64(width)) == width)
      #expect(backoff.wait(failed: failed, elapsed: 0, random: UInt64(width) + 1) == 0)
    }
    #expect(backoff.wait(failed: 8, elapsed: 0, random: 0) == nil)
  }

  @Test func `every wait lies within the widest one, whatever chance says`() {
    let seed = Random.word()
    var state = seed
    for _ in 0..<10_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let wait = backoff.wait(failed: 3, elapsed: 0, random: state)
      #expect(wait.map { $0 >= 0 && $0 <= 400 } == true, "seed \(seed)")
    }
  }

  @Test func `what the server asks for takes the place of chance`() {
    #expect(backoff.wait(failed: 1, elapsed: 0, random: 5, retryAfter: 7) == 7_000)
    #expect(backoff.wait(failed: 1, elapsed: 0, random: 5, retryAfter: 0) == 0)
  }

  @Test func `a wait beyond the total is not begun`() {
    #expect(backoff.wait(failed: 1, elapsed: 9_950, random: 50) == 50)
    #expect(backoff.wait(failed: 1, elapsed: 9_951, random: 50) == nil)
    #expect(backoff.wait(failed: 1, elapsed: 10_001, random: 0) == nil)
    #expect(backoff.wait(failed: 1, elapsed: 0, random: 0, retryAfter: 11) == nil)
    #expect(backoff.wait(failed: 1, elapsed: 0, random: 0, retryAfter: .max) == nil)
  }

  @Test func `many tries do not overflow`() {
    let patient = Backoff(
      firstMilliseconds: 1, longestMilliseconds: .max - 1, tries: 200, totalMilliseconds: .max)
    for failed in 1..<200 {
      #expect(patient.wait(failed: failed, elapsed: 0, random: 0) == 0)
    }
  }
}
