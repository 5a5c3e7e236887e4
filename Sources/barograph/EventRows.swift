internal import HTTP
internal import Outbound

/// Rows of `/v1/events`, newest received first, as they stream in: memory holds one at a time.
struct EventRows {
  /// How reading ended.
  enum End: Equatable {
    case whole
    /// The reader wanted no more.
    case stopped
    case refused(status: Int, String)
    case lost(String)
  }

  private static let longest = 64 << 20
  private static let tries = 3
  private let client: HTTPClient
  private let selection: EventSelection
  private let fields: [String]

  /// The rows that match, with these members, or all of them without any.
  init?(_ collector: CollectorConnection, _ selection: EventSelection, fields: [String] = []) {
    do throws(ClientError) {
      client = try collector.client(.init(bodyBytes: .max))
    } catch {
      return nil
    }
    self.selection = selection
    self.fields = fields
  }

  /// Hands over each row's JSON for as long as `take` says true. Where the connection breaks it
  /// goes on behind the last row.
  func read(_ take: ([UInt8]) -> Bool) -> End {
    var cursor: Int64?
    var failures = 0
    while true {
      let before = cursor
      switch readOnce(below: &cursor, take) {
      case .lost(let reason):
        failures = cursor == before ? failures + 1 : 1
        if failures == Self.tries { return .lost(reason) }
      case let end: return end
      }
    }
  }

  private func path(below cursor: Int64?) -> String {
    var wanted = selection.adding("format", "ndjson")
    if !fields.isEmpty { wanted = wanted.adding("fields", fields.joined(separator: ",")) }
    if let cursor { wanted = wanted.adding("cursor", String(cursor)) }
    return "/v1/events?\(wanted.query)"
  }

  private func readOnce(below cursor: inout Int64?, _ take: ([UInt8]) -> Bool) -> End {
    if cursor == 1 { return .whole }
    var unfinished: [UInt8] = []
    var refusal: [UInt8] = []
    var last = cursor
    var isStopped = false
    do throws(ClientError) {
      let head = try client.stream(path(below: cursor)) { head, bytes in
        guard head.isSuccess else {
          refusal += bytes
          return refusal.count < Self.longest
        }
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
          unfinished += rest[..<end]
          rest = rest[(end + 1)...]
          last = Self.id(unfinished) ?? last
          isStopped = !take(unfinished)
          unfinished.removeAll(keepingCapacity: true)
          if isStopped { return false }
        }
        unfinished += rest
        return unfinished.count < Self.longest
      }
      cursor = last
      if isStopped { return .stopped }
      guard head.isSuccess else {
        return .refused(
          status: head.status, CollectorConnection.message(of: refusal, status: head.status))
      }
      return unfinished.isEmpty ? .whole : .lost("a row of the answer is too long")
    } catch {
      cursor = last
      return isStopped ? .stopped : .lost("\(error)")
    }
  }

  /// The number behind `{"id":`, with which every row begins.
  private static func id(_ row: [UInt8]) -> Int64? {
    Int64(String(decoding: row.dropFirst(6).prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
  }
}
