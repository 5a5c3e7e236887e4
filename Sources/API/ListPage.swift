internal import Codec
internal import Serving

/// The paging of every list: `limit` and `cursor` as given, `next` as answered.
struct ListPage {
  /// The fields that page, and are no part of what is asked for.
  static let fields = ["limit", "cursor", "format"]
  static let most = 10_000
  private static let usual = 100

  let limit: Int
  /// Only what is older than this number is listed.
  let cursor: Int64
  /// The last number listed.
  var last: Int64 = 0
  private(set) var refusal: Response?

  init(_ request: Request, newest: Int64) {
    var limit = Self.usual
    var cursor = newest
    if let text = request["limit"] {
      if let given = Int(text), (1...Self.most).contains(given) {
        limit = given
      } else {
        refusal = ErrorBody(400, "bad_limit", "limit is a number from 1 to \(Self.most)")
          .response(id: request.id)
      }
    }
    if let text = request["cursor"], !text.isEmpty {
      if let given = Int64(text), given > 0 {
        cursor = given
      } else {
        refusal = ErrorBody(400, "bad_cursor", "cursor is what an earlier answer gave as next")
          .response(id: request.id)
      }
    }
    self.limit = limit
    self.cursor = cursor
  }

  /// Writes `next` and closes the answer.
  func end(_ json: inout JSONWriter, hasMore: Bool) {
    json.key("next")
    if hasMore { json.value(String(last)) } else { json.null() }
    json.endObject()
  }
}

extension Request {
  /// The fields that say what is asked for.
  var asked: [(name: String, value: String)] {
    fields.filter { !ListPage.fields.contains($0.name) }
  }
}
