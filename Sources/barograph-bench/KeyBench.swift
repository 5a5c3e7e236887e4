internal import Codec
internal import LinuxIO

/// What it costs a request to bring a key: single events on kept connections, without a key, with
/// one that the connection knows, and with one that is hashed and sought among a hundred each time.
enum KeyBench {
  static func run(smoke: Bool) throws(Errno) {
    let (events, rounds) = smoke ? (4_000, 1) : (100_000, 3)
    print("way                       events/CPU-s  events/s   p50 ms  p99 ms  RSS MiB  bytes/event")
    var port: UInt16 = 24_500
    for _ in 0..<rounds {
      for (name, key) in [
        ("HTTP 1, no key", LoadBench.Key.none), ("HTTP 1, known key", .known),
        ("HTTP 1, sought key", .sought),
      ] {
        var mode = LoadBench.Mode(name: name, perRequest: 1, connections: 64, events: events)
        mode.key = key
        _ = try LoadBench.measure(mode, port)
        port += 1
      }
    }
  }
}

/// The keys of a collector under test: one that is used, behind others.
enum BenchKeys {
  private static let others = 99
  static let text = "baro_" + String(repeating: "5", count: 64)

  static func write(to directory: String) throws(Errno) {
    try FileSystem.createDirectory(directory)
    let texts = (0..<others).map { "other-\($0)" } + [text]
    let keys = texts.enumerated().map { number, text in
      let digest = Hex.encode(SHA256.digest(of: Array(text.utf8)))
      return #"{"name":"k\#(number)","sha256":"\#(String(decoding: digest, as: UTF8.self))","#
        + #""roles":["ingest"]}"#
    }
    try FileSystem.writeAtomically(
      Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8), to: "\(directory)/keys.json")
  }
}
