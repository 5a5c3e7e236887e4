internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// Datagrams at a rate, and what became of them.
enum DatagramLoad {
  static func run(port: UInt16, smoke: Bool) throws(Errno) {
    let events = smoke ? 5_000 : 400_000
    try measure("UDP single, 100 k/s", port, events: events, packed: 1, rate: 100_000)
    try measure("UDP packed (20)", port + 1, events: events, packed: 20, rate: 400_000)
  }

  private static func measure(
    _ name: String, _ port: UInt16, events: Int, packed: Int, rate: Double
  ) throws(Errno) {
    let collector = try CollectorProcess(port: port)
    let address = try collector.address()
    let socket = try DatagramSocket(sendingTo: address)
    let before = collector.cpuSeconds()
    let start = Clock.monotonic
    var sent = 0
    var unsent = 0
    while sent < events {
      let due = Int(Double(Clock.monotonic - start) / 1e9 * rate)
      guard sent < due else { continue }
      var datagram: [UInt8] = []
      for index in sent..<sent + packed {
        SampleEvent.append(index, to: &datagram)
        datagram.append(0x0A)
      }
      if try !socket.send(datagram, to: address) { unsent += packed }
      sent += packed
    }
    let sending = Double(Clock.monotonic - start) / 1e9
    let stored = settle(port)
    let cpu = collector.cpuSeconds() - before
    let bytes = Double(collector.storeBytes()) / max(1, stored)
    let rss = collector.residentMiB()
    collector.stop()
    print(
      LoadBench.row(
        name, [stored / cpu, Double(sent) / sending, .nan, .nan, rss, bytes]))
    print("  sent \(sent), stored \(Int(stored)), not taken by our own kernel \(unsent)")
  }

  /// What is stored once the figure has come to rest.
  private static func settle(_ port: UInt16) -> Double {
    var last = -1.0
    for _ in 0..<100 {
      let now = stored(port)
      if now == last { return now }
      last = now
      Pause.milliseconds(300)
    }
    return last
  }

  private static func stored(_ port: UInt16) -> Double {
    do throws(ClientError) {
      let answer = try HTTPClient(url: "http://127.0.0.1:\(port)").request(.get, "/metrics")
      let page = String(decoding: answer.body, as: UTF8.self)
      let line = page.split(separator: "\n").first {
        $0.hasPrefix("barograph_events_stored_total{intake=\"udp\"}")
      }
      return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
    } catch {
      return 0
    }
  }
}
