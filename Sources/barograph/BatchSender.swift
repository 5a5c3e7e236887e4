internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// Gathers records into batches and sends each until it is answered for good.
struct BatchSender {
  /// What became of everything sent so far.
  struct Totals {
    var records = 0
    var accepted = 0
    var duplicates = 0
    var rejected = 0
  }

  private static let mostBytes = 1 << 20
  private static let mostRecords = 5_000
  private static let namedReasons = 20
  /// Milliseconds after which a batch that is not full goes out.
  static let patience: Int64 = 200

  private let client: HTTPClient
  private let path: String
  private let compresses: Bool
  private var body: [UInt8] = []
  private var origins: [String] = []
  private var begunAt: Int64 = 0
  private(set) var totals = Totals()
  private var complaints = 0

  /// A sender to the collector of `client`; `query` holds defaults for all records.
  init(client: HTTPClient, query: String, compresses: Bool) {
    self.client = client
    path = query.isEmpty ? "/v1/events" : "/v1/events?\(query)"
    self.compresses = compresses
  }

  var isEmpty: Bool { origins.isEmpty }
  /// Whether the batch should go out now.
  var isDue: Bool {
    body.count >= Self.mostBytes || origins.count >= Self.mostRecords
      || !isEmpty && Clock.coarseMonotonic - begunAt > Self.patience * 1_000_000
  }

  /// Adds a record that came from `origin`, as `FILE:LINE`.
  mutating func add(_ record: [UInt8], from origin: String) {
    if isEmpty { begunAt = Clock.coarseMonotonic }
    body += record
    body.append(0x0A)
    origins.append(origin)
  }

  /// Sends the batch; false when it could not be delivered. One key goes with every try, so that
  /// the collector counts each record once.
  mutating func flush() -> Bool {
    guard !isEmpty else { return true }
    defer {
      body.removeAll(keepingCapacity: true)
      origins.removeAll(keepingCapacity: true)
    }
    var fields = [
      HTTPField("Content-Type", "application/x-ndjson"),
      HTTPField("Idempotency-Key", Hex.encode(Random.bytes(16))),
    ]
    var payload = body
    if compresses {
      payload = Self.gzip(body)
      fields.append(HTTPField("Content-Encoding", "gzip"))
    }
    guard let answer = deliver(payload, fields) else { return false }
    return account(answer)
  }

  private static func gzip(_ body: [UInt8]) -> [UInt8] {
    var deflater = Deflater()
    var output: [UInt8] = []
    deflater.deflate(body, appendingTo: &output)
    deflater.finish(appendingTo: &output)
    return output
  }

  private func deliver(_ payload: [UInt8], _ fields: [HTTPField]) -> Response? {
    let backoff = Backoff(firstMilliseconds: 200, longestMilliseconds: 10_000)
    let start = Clock.monotonic
    var failed = 0
    while true {
      var reason = ""
      var asked: Int64?
      do throws(ClientError) {
        let answer = try client.request(.post, path, headers: fields, body: payload)
        guard answer.status == 429 || answer.status == 503 else { return answer }
        reason = CollectorConnection.message(of: answer)
        asked = answer.retryAfter(now: Clock.wall / 1_000_000_000)
      } catch {
        reason = "\(error)"
      }
      failed += 1
      let elapsed = (Clock.monotonic - start) / 1_000_000
      guard
        let wait = backoff.wait(
          failed: failed, elapsed: elapsed, random: Random.word(), retryAfter: asked)
      else {
        Console.complain("cannot deliver: \(reason)")
        return nil
      }
      if failed == 1 { Console.complain("waiting for the collector: \(reason)") }
      Pause.milliseconds(wait)
    }
  }

  private mutating func account(_ answer: Response) -> Bool {
    guard let counts = Self.counts(answer.body) else {
      Console.complain(CollectorConnection.message(of: answer))
      return false
    }
    totals.records += origins.count
    totals.accepted += counts.accepted
    totals.duplicates += counts.duplicates
    totals.rejected += counts.rejected
    for (line, reason) in counts.reasons where complaints < Self.namedReasons {
      complaints += 1
      let origin = origins.indices.contains(line - 1) ? origins[line - 1] : "line \(line)"
      Console.complain("\(origin): \(reason)")
    }
    return true
  }

  private struct Counts {
    let accepted: Int
    let duplicates: Int
    let rejected: Int
    let reasons: [(line: Int, reason: String)]
  }

  private static func counts(_ body: [UInt8]) -> Counts? {
    let node = ConfigNode.answer(body)
    func number(_ key: String) -> Int? { node?[key]?.text.flatMap { Int($0) } }
    guard let accepted = number("accepted"), let duplicates = number("duplicates"),
      let rejected = number("rejected")
    else { return nil }
    var reasons: [(Int, String)] = []
    if case .sequence(let errors)? = node?["errors"]?.value {
      for error in errors {
        let line = error["line"]?.text.flatMap { Int($0) } ?? 0
        reasons.append((line, "\(error["code"]?.text ?? ""): \(error["message"]?.text ?? "")"))
      }
    }
    return Counts(
      accepted: accepted, duplicates: duplicates, rejected: rejected, reasons: reasons)
  }
}
