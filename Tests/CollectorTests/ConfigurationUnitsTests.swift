import Collector
import Testing

@Suite struct ConfigurationUnitsTests {
  @Test(
    "durations",
    arguments: [
      ("20ms", 20), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
      ("2w", 1_209_600_000), ("1y", 31_536_000_000), ("1h30m", 5_400_000), ("1m20ms", 60_020),
      ("0s", 0), ("", nil), ("5", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("1 s", nil),
      ("1S", nil), ("30m1h", nil), ("1s1s", nil), ("1us", nil), ("99999999999999y", nil),
      ("99999999999999999999s", nil), ("1s ", nil), ("٣s", nil),
    ] as [(String, Int?)])
  func durations(text: String, milliseconds: Int?) {
    #expect(ConfigurationUnits.duration(text) == milliseconds.map { .milliseconds($0) })
  }

  @Test(
    "sizes",
    arguments: [
      ("4096", 4096), ("0", 0), ("512MiB", 512 << 20), ("10MB", 10_000_000), ("1kB", 1000),
      ("1KB", 1000), ("3GiB", 3 << 30), ("2TiB", 2 << 40), ("7B", 7), ("", nil), ("MiB", nil),
      ("1mib", nil), ("1.5GiB", nil), ("-1", nil), ("1 MiB", nil), ("99999999TiB", nil),
    ] as [(String, Int?)])
  func sizes(text: String, bytes: Int?) {
    #expect(ConfigurationUnits.size(text) == bytes)
  }

  @Test(
    "what is printed is read back",
    arguments: [
      0, 1, 999, 1000, 1024, 1536, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_000, 1 << 40,
    ])
  func roundTrips(number: Int) {
    let duration = Duration.milliseconds(number)
    #expect(ConfigurationUnits.duration(ConfigurationUnits.text(of: duration)) == duration)
    #expect(ConfigurationUnits.size(ConfigurationUnits.text(ofSize: number)) == number)
  }

  @Test(
    "addresses",
    arguments: [
      ("127.0.0.1:4318", "127.0.0.1:4318"), ("localhost:0", "localhost:0"),
      ("[::1]:80", "[::1]:80"), ("unix:/run/b.sock", "unix:/run/b.sock"),
      ("my-host.example:65535", "my-host.example:65535"), ("unix:", nil), ("a", nil), (":80", nil),
      ("a:", nil), ("a:65536", nil), ("a:-1", nil), ("a:+1", nil), ("::1:80", nil),
      ("[::1]", nil), ("[]:1", nil), ("[a]:1", nil), ("256.0.0.1:1", nil), ("1.2.3:1", nil),
      ("a b:1", nil), ("http://a:1", nil), ("*:1", nil),
      ("unix:" + String(repeating: "x", count: 108), nil),
    ] as [(String, String?)])
  func addresses(text: String, description: String?) {
    #expect(ConfigurationAddress(text)?.description == description)
  }
}
