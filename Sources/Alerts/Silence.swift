internal import Codec
internal import PromQL

/// An order of somebody that some alerts are not told for a while.
package struct Silence: Equatable, Sendable {
  /// Whether it counts at a time.
  package enum State: String, Sendable {
    case pending, active, expired
  }

  /// What it is called, and which alerts it is about.
  package let id: String
  package let matchers: AlertMatchers
  /// Milliseconds since 1970, as are all times.
  package let startsAt: Int64
  /// From then on it does not count.
  package var endsAt: Int64
  package let createdBy: String
  package let comment: String

  /// A silence of these.
  package init(
    id: String, matchers: AlertMatchers, startsAt: Int64, endsAt: Int64, createdBy: String,
    comment: String
  ) {
    self.id = id
    self.matchers = matchers
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.createdBy = createdBy
    self.comment = comment
  }

  /// Whether it counts at `time`.
  package func state(at time: Int64) -> State {
    time >= endsAt ? .expired : time < startsAt ? .pending : .active
  }

  /// Silences at a time, and how long those that are over are kept.
  package static let limit = 10_000
  static let retention: Int64 = 5 * 86_400_000
}

extension Silence {
  /// As it is remembered.
  var record: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.members(["id": id, "created_by": createdBy, "comment": comment])
    json.key("starts_at")
    json.value(startsAt)
    json.key("ends_at")
    json.value(endsAt)
    json.key("matchers")
    json.values(matchers.texts)
    json.endObject()
    return json.bytes
  }

  /// What was remembered; nil for what is none.
  init?(record: [UInt8]) {
    guard let node = RecordNode(record), let id = node.text("id"),
      let startsAt = node.whole("starts_at"), let endsAt = node.whole("ends_at")
    else { return nil }
    let matchers: AlertMatchers
    do throws(QueryError) {
      matchers = try AlertMatchers(texts: node.list("matchers").compactMap(\.text))
    } catch {
      return nil
    }
    self.init(
      id: id, matchers: matchers, startsAt: startsAt, endsAt: endsAt,
      createdBy: node.text("created_by") ?? "", comment: node.text("comment") ?? "")
  }
}
