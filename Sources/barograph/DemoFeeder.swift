internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Telemetry

/// Feeds made-up traffic to a collector through its public doors: JSON over HTTP, datagrams, and
/// OpenTelemetry. Each event is sent when it is over.
final class DemoFeeder: Sendable {
  /// How much, how long, which.
  struct Plan: Sendable {
    let rate: Int
    /// 0 is without end.
    let seconds: Int
    let seed: UInt64
    /// Seconds of traffic from before the start, so that there is something to see at once.
    let past: Int
  }

  /// Where the doors are.
  struct Doors: Sendable {
    let url: String
    var key: Secret?
    /// Where datagrams are taken; nil for nowhere.
    let datagrams: SocketAddress?
  }

  private static let beat: Int64 = 250_000_000
  private static let second: Int64 = 1_000_000_000
  /// Events that are sent at once, about.
  private static let batch = 2_000
  /// Bytes of a datagram, about; a line is never cut.
  private static let datagramBytes = 8_000

  private let plan: Plan
  private let doors: Doors
  private let isEnding = Guarded(false)

  init(_ plan: Plan, _ doors: Doors) {
    self.plan = plan
    self.doors = doors
  }

  /// Asks `run` to return soon. From any thread.
  func end() { isEnding.withLock { $0 = true } }

  /// Feeds until the time is over; gives what went wrong, in words, or nil.
  func run() -> String? {
    let start = Clock.wall
    let first = start - Int64(plan.past) * Self.second
    var sender: DemoSender
    do throws(ClientError) {
      sender = try DemoSender(doors, datagramBytes: Self.datagramBytes)
    } catch {
      return "\(error)"
    }
    var traffic = DemoTraffic(seed: plan.seed, start: start)
    var waiting: [Int64: [DemoEvent]] = [:]
    let gap = Self.second / Int64(plan.rate)
    var next = first
    var beat = first / Self.beat
    var problem: String?
    let last = plan.seconds == 0 ? Int64.max : start + Int64(plan.seconds) * Self.second
    while !isEnding.withLock({ $0 }) {
      let now = min(Clock.wall, last)
      while next <= now {
        for event in traffic.request(at: next) {
          waiting[max(beat, event.time / Self.beat), default: []].append(event)
        }
        next += gap
      }
      while (beat + 1) * Self.beat <= now {
        // What lies behind is sent by large batches, or it would take as long as it took.
        var due: [DemoEvent] = []
        repeat {
          due += waiting.removeValue(forKey: beat) ?? []
          beat += 1
        } while (beat + 1) * Self.beat <= now && due.count < Self.batch
        problem = sender.send(due)
      }
      // A collector that is gone for a while is fed again when it is back.
      if problem != nil, Clock.wall >= last { return problem }
      if Clock.wall >= last { break }
      Pause.milliseconds(max(1, ((beat + 1) * Self.beat - Clock.wall) / 1_000_000 + 1))
    }
    let rest = waiting.values.flatMap { $0 }
    return rest.isEmpty ? problem : sender.send(rest.sorted { $0.time < $1.time })
  }
}

/// Sends events through the door that each belongs to.
private struct DemoSender {
  private let client: HTTPClient
  private let datagrams: SocketAddress?
  private let datagramBytes: Int

  init(_ doors: DemoFeeder.Doors, datagramBytes: Int) throws(ClientError) {
    client = try HTTPClient(url: doors.url, key: doors.key)
    datagrams = doors.datagrams
    self.datagramBytes = datagramBytes
  }

  /// Gives what went wrong, or nil.
  func send(_ events: [DemoEvent]) -> String? {
    let overOTLP = events.filter { $0.door == .otlp }
    let lines = events.filter { $0.door == .http || $0.door == .datagram && datagrams == nil }
    let (spans, logs) = (overOTLP.filter(\.isSpan), overOTLP.filter { !$0.isSpan })
    let problems = [
      lines.isEmpty
        ? nil
        : post("/v1/events", "application/x-ndjson", lines.reduce(into: []) { $0 += $1.line }),
      spans.isEmpty ? nil : post("/v1/traces", "application/json", DemoOTLP.traces(spans)),
      logs.isEmpty ? nil : post("/v1/logs", "application/json", DemoOTLP.logs(logs)),
      sendDatagrams(events.filter { $0.door == .datagram }),
    ]
    return problems.compactMap { $0 }.first
  }

  private func post(_ path: String, _ type: String, _ body: [UInt8]) -> String? {
    do throws(ClientError) {
      let answer = try client.request(
        .post, path, headers: [HTTPField("Content-Type", Array(type.utf8))], body: body)
      return answer.isSuccess ? nil : CollectorConnection.message(of: answer)
    } catch {
      return "\(error)"
    }
  }

  private func sendDatagrams(_ events: [DemoEvent]) -> String? {
    guard let datagrams, !events.isEmpty else { return nil }
    do throws(Errno) {
      let socket = try DatagramSocket(sendingTo: datagrams)
      var datagram: [UInt8] = []
      for event in events {
        let line = event.line
        if !datagram.isEmpty, datagram.count + line.count > datagramBytes {
          _ = try socket.send(datagram, to: datagrams)
          datagram = []
        }
        datagram += line
      }
      _ = try socket.send(datagram, to: datagrams)
      return nil
    } catch {
      return "cannot send datagrams: \(error.text)"
    }
  }
}
