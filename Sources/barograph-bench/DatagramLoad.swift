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
    let book = settle(port)
    let stored = book.stored
    let cpu = collector.cpuSeconds() - before
    let bytes = Double(collector.storeBytes()) / max(1, stored)
    let rss = collector.residentMiB()
    collector.stop()
    print(
      LoadBench.row(
        name, [stored / cpu, Double(sent) / sending, .nan, .nan, rss, bytes]))
    let unaccounted = sent - unsent - Int(stored) - Int(book.dropped) * packed - Int(book.refused)
    print(
      "  sent \(sent), stored \(Int(stored)), dropped by the kernel \(Int(book.dropped) * packed),"
        + " shed or rejected \(Int(book.refused)), never sent \(unsent),"
        + " unaccounted for \(unaccounted)")
  }

  /// What the collector says became of the datagrams.
  private struct Book: Equatable {
    var stored = 0.0
    /// Datagrams that its kernel dropped.
    var dropped = 0.0
    var refused = 0.0
  }

  /// The book once its figures have come to rest.
  private static func settle(_ port: UInt16) -> Book {
    var last: Book?
    for _ in 0..<100 {
      let now = book(port)
      if let now, now == last { return now }
      last = now
      Pause.milliseconds(300)
    }
    return last ?? Book()
  }

  private static func book(_ port: UInt16) -> Book? {
    do throws(ClientError) {
      let answer = try HTTPClient(url: "http://127.0.0.1:\(port)").request(.get, "/metrics")
      let page = String(decoding: answer.body, as: UTF8.self)
      func sum(_ prefix: String) -> Double {
        page.split(separator: "\n").filter { $0.hasPrefix(prefix) }
          .reduce(0) { $0 + ($1.split(separator: " ").last.flatMap { Double($0) } ?? 0) }
      }
      return Book(
        stored: sum("barograph_events_stored_total{intake=\"udp\""),
        dropped: sum("barograph_udp_kernel_drops_total"),
        refused: sum("barograph_events_shed_total{intake=\"udp\"")
          + sum("barograph_events_rejected_total{intake=\"udp\""))
    } catch {
      return nil
    }
  }
}
