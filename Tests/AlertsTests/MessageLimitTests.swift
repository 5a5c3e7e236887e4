import Alerts
import Codec
import PromQL
import Testing

/// However long names and texts are, what services take is what they get.
@Suite struct MessageLimitTests {
  private static let family = "👩‍👩‍👧‍👦"

  private static let huge: Notification = {
    let long = String(repeating: family + "é\u{0}\r\nBcc: x@example.test ", count: 400)
    let alerts = (0..<100).map { index in
      let labels = (0..<30).map { Label("label_\($0)", "\(index) \(long)") }
      return NotifiedAlert(
        labels: Labels([Label("alertname", long)] + labels),
        annotations: [
          Label("runbook_url", "https://example.org/" + String(repeating: "a", count: 900)),
          Label("summary", long),
        ],
        startsAt: MessageScene.start, endsAt: nil, value: long,
        cause: AlertCause(
          part: AlertCause.Part(dimension: long, value: long, share: 1), now: .infinity,
          usual: .nan, coverage: 0.0001,
          traceIDs: Array(repeating: String(repeating: "f", count: 300), count: 50),
          sparkline: long),
        generatorURL: "https://example.org/" + String(repeating: "b", count: 900))
    }
    return Notification(
      key: long, receiver: "r", reason: .state, groupKey: long, groupLabels: .none,
      alerts: alerts, omitted: 900, time: MessageScene.start + 1)
  }()

  private static func body(_ name: String) throws -> ConfigNode {
    let settings = try #require(MessageScene.receivers.first { $0.kind.name == name })
    let message = try MessageScene.rendering(settings).message(huge, at: huge.time)
    var body: [UInt8] = []
    if case .request(let request)? = message { body = request.body }
    let most = ["pagerduty": 512_000, "teams": 28 << 10, "slack": 20_000, "opsgenie": 120_000]
    #expect((1...(most[name] ?? 0)).contains(body.count), "\(name)")
    // Every service gets JSON, and within it no broken character.
    #expect(!String(decoding: body, as: UTF8.self).contains("\u{FFFD}"))
    return try #require(try ConfigReader.read(body).first)
  }

  private static func length(_ node: ConfigNode?) -> Int { node?.text?.utf16.count ?? -1 }

  @Test func `pagerduty`() throws {
    let event = try Self.body("pagerduty")
    #expect((1...1_024).contains(Self.length(event["payload"]?["summary"])))
    #expect(Self.length(event["dedup_key"]) == 64)
  }

  @Test func `slack`() throws {
    let attachment = try Self.body("slack")["attachments"]?.elements.first
    #expect((1...150).contains(Self.length(attachment?["title"])))
    #expect((1...4_000).contains(Self.length(attachment?["text"])))
    let text = try #require(attachment?["text"]?.text)
    #expect(text.hasSuffix("more"))
  }

  @Test func `opsgenie`() throws {
    let alert = try Self.body("opsgenie")
    #expect((1...130).contains(Self.length(alert["message"])))
    #expect((1...15_000).contains(Self.length(alert["description"])))
    #expect((1...512).contains(Self.length(alert["alias"])))
  }

  @Test func `teams`() throws {
    let card = try Self.body("teams")["attachments"]?.elements.first?["content"]
    let blocks = try #require(card?["body"]).elements
    #expect(blocks.count > 1)
    #expect(try #require(card?["actions"]).elements.count <= 6)
  }

  @Test func `mail`() throws {
    let settings = try #require(MessageScene.receivers.first { $0.kind.name == "email" })
    let message = try MessageScene.rendering(settings).message(Self.huge, at: Self.huge.time)
    guard case .mail(let mail)? = message else {
      Issue.record("no mail")
      return
    }
    let lines = MailLines(mail.bytes)
    #expect(lines.areWellEnded)
    #expect(lines.all.allSatisfy { $0.utf8.count <= 76 })
    #expect(!lines.head.contains { $0.hasPrefix("Bcc") })
    #expect(lines.head.filter { $0.hasPrefix("Subject:") }.count == 1)
  }

  @Test(arguments: 0...40)
  func `texts are cut at whole characters, with a mark`(limit: Int) throws {
    let notification = Notification(
      key: "k", receiver: "r", reason: .state, groupKey: "g", groupLabels: .none,
      alerts: [
        MessageScene.alert(
          [], summary: String(repeating: "x", count: 280 + limit) + Self.family + "tail")
      ], time: MessageScene.start)
    let settings = try #require(MessageScene.receivers.first { $0.kind.name == "opsgenie" })
    let message = try MessageScene.rendering(settings).message(notification, at: 0)
    guard case .request(let request)? = message else { return }
    let node = try #require(try ConfigReader.read(request.body).first)
    let headline = try #require(node["description"]?.text?.split(separator: "\n").first)
    let whole = String(repeating: "x", count: 280 + limit) + Self.family + "tail"
    guard whole.utf16.count > 300 else {
      #expect(headline == whole)
      return
    }
    #expect(headline.last == "…")
    #expect(whole.hasPrefix(headline.dropLast()))
    // A character more would have been too long, or the family would have been torn apart.
    let next = try #require(whole.dropFirst(headline.count - 1).first)
    #expect(headline.utf16.count + String(next).utf16.count > 300)
    #expect(headline.utf16.count <= 300)
  }
}

/// A mail taken apart.
struct MailLines {
  let all: [String]
  /// Whether each line ends with CR LF, and no CR or LF stands alone.
  let areWellEnded: Bool

  init(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    areWellEnded =
      lines.last?.isEmpty == true && lines.dropLast().allSatisfy { $0.last == 0x0D }
      && lines.allSatisfy { $0.filter { $0 == 0x0D }.count <= 1 }
    all = lines.dropLast().map { String(decoding: $0.dropLast(), as: UTF8.self) }
  }

  /// The headers' lines.
  var head: [String] { Array(all.prefix { !$0.isEmpty }) }
}
