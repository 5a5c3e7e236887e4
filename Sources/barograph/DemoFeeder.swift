internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// Feeds traffic to a collector through its public doors, by turns HTTP and UDP, and prints what
/// the collector says of it every few seconds.
struct DemoFeeder {
  /// How much, how long, which.
  struct Plan: Sendable {
    let rate: Int
    /// 0 is without end.
    let seconds: Int
    let seed: UInt64
  }

  private static let statement = """
    SELECT o.model AS model, count(*) AS calls, sum(e.status = 1) AS errors, \
    CAST(avg(e.duration) / 1e6 AS INTEGER) AS avg_ms, \
    sum(ifnull(e.input_uncached, 0) + ifnull(e.cache_read, 0) + ifnull(e.output_text, 0)) \
    AS tokens, \
    printf('%.4f', sum(e.cost) / 1e12) AS usd \
    FROM events e JOIN operations o ON o.id = e.operation WHERE e.type = 0 \
    GROUP BY o.model ORDER BY sum(e.cost) DESC
    """

  private let plan: Plan
  private let client: HTTPClient
  private var traffic: DemoTraffic

  init(_ plan: Plan, _ client: HTTPClient) {
    self.plan = plan
    self.client = client
    traffic = DemoTraffic(seed: plan.seed)
  }

  /// Feeds until the time is over; false when the collector is gone.
  func run() -> Bool {
    var feeder = self
    let start = Clock.monotonic
    var second = 0
    while plan.seconds == 0 || second < plan.seconds {
      guard feeder.feedOneSecond(), feeder.show(second) else { return false }
      second += 1
      let next = start + Int64(second) * 1_000_000_000
      let left = (next - Clock.monotonic) / 1_000_000
      if left > 0 { Pause.milliseconds(left) }
    }
    return true
  }

  private mutating func feedOneSecond() -> Bool {
    var posted: [UInt8] = []
    var datagrams: [[UInt8]] = []
    let now = Clock.wall
    for index in 0..<plan.rate {
      let records = traffic.request(at: now - Int64(plan.rate - index) * 1_000_000)
      let lines = records.reduce(into: [UInt8]()) { $0 += $1 + [0x0A] }
      if index.isMultiple(of: 2) { posted += lines } else { datagrams.append(lines) }
    }
    return post(posted) && send(datagrams)
  }

  private func post(_ lines: [UInt8]) -> Bool {
    do throws(ClientError) {
      let answer = try client.request(
        .post, "/v1/events", headers: [HTTPField("Content-Type", "application/x-ndjson")],
        body: lines)
      if !answer.isSuccess { Console.complain(CollectorConnection.message(of: answer)) }
      return true
    } catch {
      Console.complain("\(error)")
      return false
    }
  }

  private func send(_ datagrams: [[UInt8]]) -> Bool {
    let address = client.endpoint.address
    guard address.path == nil else { return true }
    do throws(Errno) {
      let socket = try DatagramSocket(sendingTo: address)
      for datagram in datagrams { _ = try socket.send(datagram, to: address) }
      return true
    } catch {
      Console.complain("cannot send datagrams: \(error.text)")
      return false
    }
  }

  private func show(_ second: Int) -> Bool {
    guard second.isMultiple(of: 5) || second + 1 == plan.seconds else { return true }
    do throws(ClientError) {
      let answer = try client.request(
        .post, "/v1/sql", headers: [HTTPField("Content-Type", "text/plain")],
        body: Array(Self.statement.utf8))
      guard answer.isSuccess, let table = SQLTable(answer.body) else { return true }
      return Console.print("\n\(table.table.text)")
    } catch {
      return false
    }
  }
}
