internal import Codec
internal import PromQL

/// Alerts that are told in one message, and what each receiver was told of them.
struct AlertGroup: Equatable, Sendable {
  /// One time that an alert fired.
  struct Episode: Hashable, Sendable {
    let fingerprint: UInt64
    let startsAt: Int64

    init(fingerprint: UInt64, startsAt: Int64) {
      (self.fingerprint, self.startsAt) = (fingerprint, startsAt)
    }

    init(_ alert: NotifiedAlert) {
      self.init(fingerprint: alert.labels.fingerprint, startsAt: alert.startsAt)
    }
  }

  /// What a receiver knows.
  struct Told: Equatable, Sendable {
    /// When it was told last, in milliseconds since 1970.
    var time: Int64
    /// What fires, as far as it was told.
    var episodes: Set<Episode> = []
    /// How many messages there were.
    var count = 0
  }

  let key: String
  /// What its alerts have in common.
  let labels: Labels
  /// When it came to be.
  let since: Int64
  /// When it is looked at next.
  var due: Int64
  /// When it was looked at last.
  var lastLook: Int64
  /// When its first message went out, while anything of it fires.
  var firstTold: Int64?
  /// What each receiver was told.
  var told: [String: Told] = [:]
  /// Who was told because nobody acknowledged, while anything of it fires.
  var escalated: Set<String> = []
  /// Who acknowledged it, once those who keep track of that were told.
  var acknowledgedBy: String?
  /// How it is told now; nil when no route leads here any more.
  var route: AlertRoute?

  init(key: String, labels: Labels, since: Int64, due: Int64, route: AlertRoute?) {
    (self.key, self.labels, self.since, self.due, self.route) = (key, labels, since, due, route)
    lastLook = since
  }

  /// Whether any receiver believes that this fires.
  func isTold(_ episode: Episode) -> Bool {
    told.values.contains { $0.episodes.contains(episode) }
  }

  /// When somebody is told because nobody acknowledged; one that was kept silent then has to wait
  /// for the next look.
  var escalationDue: Int64? {
    guard let firstTold, acknowledgedBy == nil else { return nil }
    return route?.escalations.filter { !escalated.contains($0.receiver) }
      .map { firstTold + $0.after }.filter { $0 > lastLook }.min()
  }

  /// The key of the next message to a receiver: the same when it is decided again after a crash.
  func messageKey(_ receiver: String) -> String {
    let hash = Labels([Label("group", key), Label("receiver", receiver)]).fingerprint
    let words = [hash, UInt64(since), UInt64(told[receiver]?.count ?? 0)]
    return words.map { String($0, radix: 16) }.joined(separator: "-")
  }
}

extension AlertGroup {
  /// As it is remembered.
  var record: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.members(["key": key])
    json.key("labels")
    json.labels(labels.entries)
    json.member("since", since)
    json.member("due", due)
    json.member("last_look", lastLook)
    json.member("first_told", firstTold)
    json.key("escalated")
    json.values(escalated.sorted())
    if let acknowledgedBy { json.members(["acknowledged_by": acknowledgedBy]) }
    json.key("told")
    json.beginObject()
    for (receiver, told) in told.sorted(by: { $0.key < $1.key }) {
      json.key(receiver)
      Self.write(told, to: &json)
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private static func write(_ told: Told, to json: inout JSONWriter) {
    json.beginObject()
    json.member("time", told.time)
    json.member("count", Int64(told.count))
    json.key("episodes")
    json.beginArray()
    let episodes = told.episodes.sorted {
      ($0.startsAt, $0.fingerprint) < ($1.startsAt, $1.fingerprint)
    }
    for episode in episodes {
      json.beginArray()
      json.value(Fingerprint.text(episode.fingerprint))
      json.value(episode.startsAt)
      json.endArray()
    }
    json.endArray()
    json.endObject()
  }

  /// What was remembered; nil for what is none.
  init?(record: [UInt8]) {
    guard let node = RecordNode(record), let key = node.text("key"),
      let since = node.whole("since"), let due = node.whole("due")
    else { return nil }
    self.init(key: key, labels: Labels(node.labels("labels")), since: since, due: due, route: nil)
    lastLook = node.whole("last_look") ?? since
    firstTold = node.whole("first_told")
    escalated = Set(node.list("escalated").compactMap(\.text))
    acknowledgedBy = node.text("acknowledged_by")
    for (receiver, entry) in node["told"]?.members ?? [] {
      var told = Told(time: entry.whole("time") ?? since, count: Int(entry.whole("count") ?? 0))
      told.episodes = Set(
        entry.list("episodes").compactMap { episode in
          let parts = episode.elements
          guard parts.count == 2, let fingerprint = parts[0].text.flatMap(Fingerprint.value),
            let startsAt = parts[1].number
          else { return nil }
          return Episode(fingerprint: fingerprint, startsAt: Int64(startsAt))
        })
      self.told[receiver] = told
    }
  }
}

/// The hash of labels as sixteen hexadecimal digits.
enum Fingerprint {
  static func text(_ fingerprint: UInt64) -> String {
    var digits: [UInt8] = []
    Hex.append(fingerprint, to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  /// What text names; nil for anything but sixteen digits.
  static func value(_ text: String) -> UInt64? {
    text.utf8.count == 16 ? UInt64(text, radix: 16) : nil
  }
}
