import Terminal
import Testing

/// What keys do, one feature after another, through the bytes a terminal sends.
@Suite struct TopModelTests {
  private static let up = "\u{1B}[A"
  private static let down = "\u{1B}[B"
  private static let left = "\u{1B}[D"
  private static let right = "\u{1B}[C"

  /// The row that is marked, as the table's state says.
  private static func position(_ scene: TopScene) -> String {
    let tabs = scene.text.split(separator: "\n").first { $0.hasSuffix(" of 14") }
    return String((tabs ?? "none").suffix(8)).trimmed
  }

  @Test(
    "moving",
    arguments: [
      ("", "1 of 14"), ("j", "2 of 14"), (down + down, "3 of 14"), ("jjk", "2 of 14"),
      (up, "1 of 14"), ("G", "14 of 14"), ("Gg", "1 of 14"), ("\u{1B}[F\u{1B}[H", "1 of 14"),
      ("\u{1B}[6~", "11 of 14"), ("\u{1B}[6~\u{1B}[5~", "1 of 14"), ("Gj", "14 of 14"),
      ("\u{1B}[<65;5;8M", "4 of 14"), ("\u{1B}[<65;5;8M\u{1B}[<64;5;8M", "1 of 14"),
      ("\u{1B}[<0;5;9M", "4 of 14"),
    ])
  func moving(keys: String, position: String) {
    var scene = TopScene()
    scene.type(keys)
    #expect(Self.position(scene) == position)
  }

  @Test func tablesByNumberArrowTabAndClick() {
    var scene = TopScene()
    #expect(scene.path(.table)?.contains("by=provider,model&") == true)
    for (keys, by) in [
      ("1", "service"), ("3", "tenant"), ("4", "prompt,prompt_version,variant"),
      ("5", "kind,name"), ("6", "error_type"), (Self.right, "service"), (Self.left, "error_type"),
      ("l", "service"), ("h", "error_type"), ("\u{1B}[<0;12;4M", "provider,model"),
      (":tenants\r", "tenant"),
    ] {
      scene.type(keys)
      #expect(scene.path(.table)?.contains("by=\(by)&") == true, "\(keys.debugDescription)")
    }
  }

  @Test func sortingByKeyAndHeading() {
    var scene = TopScene()
    #expect(scene.path(.table)?.contains("&sort=rpm&") == true)
    scene.type(">")
    #expect(scene.path(.table)?.contains("&sort=error_rate&") == true)
    scene.type("I")
    #expect(scene.path(.table)?.contains("&sort=-error_rate&") == true)
    scene.type("<<")
    #expect(scene.path(.table)?.contains("&sort=model&") == true)
    scene.type("\u{1B}[<0;48;5M")
    #expect(scene.path(.table)?.contains("&sort=latency_ms.p95&") == true)
    scene.type("\u{1B}[<0;48;5M")
    #expect(scene.path(.table)?.contains("&sort=-latency_ms.p95&") == true)
    scene.type(":sort tpm\r")
    #expect(scene.path(.table)?.contains("&sort=tpm&") == true)
    scene.type(":sort nonsense\r")
    #expect(scene.path(.table)?.contains("&sort=tpm&") == true)
    #expect(scene.line(23).hasPrefix("sort by one of rpm "))
  }

  @Test func drillingDownToATraceAndBack() {
    var scene = TopScene()
    scene.type("j\r")
    #expect(scene.line(3).hasPrefix(" models › gpt-4o-mini › services"))
    #expect(
      scene.path(.table)?.contains("by=service&window=1m&filter=provider:openai,model:gpt-4o-mini&")
        == true)
    scene.type("\r")
    #expect(scene.line(3).hasPrefix(" models › gpt-4o-mini › service-1 › calls"))
    #expect(
      scene.path(.calls)
        == "/v1/events?type=llm&provider=openai&model=gpt-4o-mini&service=service-1&limit=200")
    scene.type("\r")
    #expect(scene.line(3).hasPrefix(" models › gpt-4o-mini › service-1 › trace 1d0e5fb6"))
    #expect(scene.path(.trace) == "/v1/traces/1d0e5fb6722ecdae93445ad70424b120")
    #expect(scene.text.contains("└─ chat gpt-4o [llm]"))
    #expect(scene.text.contains("counted: a call to a model"))
    scene.type("x")
    #expect(!scene.text.contains("counted: a call to a model"))
    scene.type("\u{1B}")
    #expect(scene.line(3).contains("› calls"))
    scene.type("j\r")
    #expect(scene.line(23) == "this call carries no trace id")
    scene.type("\u{1B}\u{1B}")
    #expect(scene.line(3).hasPrefix(" services  models  tenants"))
    #expect(Self.position(scene) == "2 of 14")
  }

  @Test func theScoresOfTheMarkedRowStayWithItsCalls() {
    let scores = """
      {"helpful":{"avg":0.625,"n":12},"lang":{"avg":null,"n":8,"values":{"de":2,"en":6}}}
      """
    let graph = #"{"groups":[{"labels":{},"spark":[1,2],"windows":{"1m":{"scores":\#(scores)}}}]}"#
    var scene = TopScene(width: 200, height: 60, answers: [.graph: (200, graph)])
    let line = "scores helpful 0.63 ×12 lang en 75 % ×8"
    #expect(scene.text.contains(line), "\(scene.text)")
    scene.typeInTurn("\r")
    let marked = scene.path(.graph)
    scene.typeInTurn("\r")
    #expect(scene.path(.graph) == marked)
    #expect(scene.text.contains(line) && scene.text.contains(": p95, 5 m"), "\(scene.text)")
  }

  @Test func searchFindsRowsInTurn() {
    var scene = TopScene()
    scene.type("/gemini")
    #expect(Self.position(scene) == "5 of 14")
    #expect(scene.line(23).hasPrefix("/gemini"))
    scene.type("\rn")
    #expect(Self.position(scene) == "6 of 14")
    #expect(scene.path(.table)?.contains("&limit=1000&") == true)
    scene.type("n")
    #expect(Self.position(scene) == "5 of 14")
    scene.type("N")
    #expect(Self.position(scene) == "6 of 14")
    scene.type("\u{1B}")
    #expect(!scene.text.contains("/gemini"))
    scene.type("/nothing\r")
    #expect(scene.line(23) == "no row holds nothing")
  }

  @Test func theFilterGoesToTheCollector() {
    var scene = TopScene(width: 120)
    scene.type("\\model:gpt* and error_rate>1%\r")
    #expect(
      scene.path(.table)?.contains(
        "&where=%28model:gpt*%20and%20error_rate%3E1%25%29&") == true)
    #expect(scene.line(3).contains("\\model:gpt* and error_rate>1%"))
    scene.answers[.table] = (400, #"{"error":{"code":"bad_where","message":"no such label"}}"#)
    scene.type("\\\u{15}wrong:1\r")
    #expect(scene.text.contains("no such label"))
    scene.answers[.table] = nil
    scene.type("\u{1B}")
    #expect(scene.path(.table)?.contains("where") == false)
    scene.type("6")
    #expect(scene.path(.table)?.contains("&where=%28error_type:%3F*%29&") == true)
  }

  @Test func windowsFreezeAndSettings() {
    var scene = TopScene()
    scene.type("w")
    #expect(scene.path(.total)?.contains("window=5m&") == true)
    scene.type(":window 10s\r")
    #expect(scene.path(.total)?.contains("window=10s&") == true)
    scene.type(" ")
    #expect(scene.text.contains("⏸ frozen at 10:00:00"))
    #expect(scene.model.requests.allSatisfy { $0.period == nil })
    scene.type(" ")
    #expect(!scene.text.contains("frozen"))
    scene.type("\u{1B}OQ")
    #expect(scene.text.contains("settings: "))
    scene.type("jjj\(Self.right)")
    #expect(scene.model.settings.depth == .mono)
    #expect(scene.effects == [.save(scene.model.settings)])
    scene.type("j\(Self.right)")
    #expect(scene.model.look == TerminalLook(depth: .mono, isPlain: true))
    #expect(scene.text.utf8.allSatisfy { $0 < 0x80 })
    scene.type("q")
    #expect(!scene.text.contains("settings: "))
    #expect(TopSettings(scene.model.settings.json) == scene.model.settings)
    #expect(TopSettings(Array("{\"window\":7,\"subject\":\"x\"".utf8)) == TopSettings())
  }

  @Test func timeTravelAsksForTheMomentAndSaysSo() {
    var scene = TopScene()
    scene.type("[")
    #expect(scene.path(.total)?.hasSuffix("&at=2026-11-21T09:59:00Z") == true)
    #expect(scene.path(.table)?.hasSuffix("&at=2026-11-21T09:59:00Z") == true)
    #expect(scene.path(.spend) == "/v1/spend?period=day&at=2026-11-21T09:59:00Z")
    #expect(scene.path(.events)?.contains("to=2026-11-21T09:59:00Z") == true)
    #expect(scene.path(.alerts)?.hasPrefix("/v1/alerts/history?to=2026-11-21T09:59:00Z") == true)
    #expect(scene.line(3).hasPrefix(" ◀ the past: 2026-11-21 09:59:00 UTC, 60 s ago"))
    // Of the two alerts only the older one fired by then.
    #expect(scene.text.contains("alerts: 1 firing"))
    #expect(scene.model.requests.allSatisfy { $0.period == nil })
    scene.type("{")
    #expect(scene.line(3).contains("2026-11-21 08:59:00"))
    scene.type("}")
    scene.type("]")
    #expect(!scene.text.contains("the past"))
    scene.type(":at 2026-11-20T12:00:00Z\r")
    #expect(scene.line(3).contains("2026-11-20 12:00:00"))
    scene.type("L")
    #expect(!scene.text.contains("the past"))
    scene.type(":at -15m\r")
    #expect(scene.line(3).contains("2026-11-21 09:45:00"))
    scene.type(":at 2099-01-01\r")
    #expect(scene.line(23).hasPrefix("a time is"))
  }

  @Test func alertsAreAcknowledgedAndSilenced() {
    var scene = TopScene()
    scene.type("a")
    #expect(scene.effects == [.acknowledge(id: "00000000000000aa")])
    scene.type("s\u{15}2h\r")
    #expect(
      scene.effects.last
        == .silence(
          matchers: ["alertname=\"ErrorBurst\"", "severity=\"critical\"", "model=\"gpt-4o\""],
          duration: "2h"))
    // Tab, tab, tab: the alerts; the second of them.
    scene.type("\t\t\tja")
    #expect(scene.effects.last == .acknowledge(id: "00000000000000bb"))
    scene.handle(.noted("needs --data", isGood: false))
    #expect(scene.line(23) == "needs --data")
    scene.pass(seconds: 6)
    #expect(scene.line(23) != "needs --data")
  }

  @Test func panesByTabAndOnTheWholeScreen() {
    var scene = TopScene()
    scene.type("\t\te")
    #expect(scene.line(4).hasPrefix("─ live events"))
    #expect(scene.path(.events) == "/v1/events?limit=18")
    scene.type("\u{1B}")
    #expect(scene.line(4).hasPrefix("MODEL"))
    scene.type(":panes\r")
    #expect(!scene.text.contains("live events"))
  }

  @Test func helpNamesEveryKeyThatWorks() {
    for keys in ["", "\r\r", "\r\r\r"] {
      var scene = TopScene(width: 200, height: 60)
      scene.typeInTurn(keys)
      let before = scene.text
      scene.type("?")
      let help = scene.text
      var rest = scene
      rest.type("z")
      #expect(rest.text == before)
      // Whatever key changes something is named in the help.
      for byte in UInt8(0x21)..<0x7F {
        var other = TopScene(width: 200, height: 60)
        other.typeInTurn(keys)
        let plain = other.model.screen
        let (requests, effects) = (other.model.requests, other.effects)
        other.type(String(Character(Unicode.Scalar(byte))))
        let hasEffect =
          other.model.screen != plain || other.model.requests != requests
          || other.effects != effects
        guard hasEffect else { continue }
        let sign = String(Character(Unicode.Scalar(byte)))
        let words = help.split(whereSeparator: { $0 == " " || $0 == "\n" })
        #expect(words.contains { $0 == sign }, "\(sign) works and is not in the help")
      }
    }
  }

  @Test func paletteCompletesAndNamesItsCommands() {
    var scene = TopScene()
    scene.type(":")
    #expect(scene.text.contains("EXPRESSION"))
    scene.type("int\t5\r")
    #expect(scene.model.settings.interval == 50)
    scene.type(":bogus\r")
    #expect(scene.line(23) == "no command is called bogus")
    scene.type(":trace abc\r")
    #expect(scene.path(.trace) == "/v1/traces/abc")
    scene.type(":quit\r")
    #expect(scene.effects.last == .quit)
  }

  @Test(arguments: ["q", "\u{3}"])
  func quitting(keys: String) {
    var scene = TopScene()
    scene.type(keys)
    #expect(scene.effects == [.quit])
    var prompted = TopScene()
    prompted.type("/\u{3}")
    #expect(prompted.effects == [.quit])
    prompted.type("\u{1A}")
    #expect(prompted.effects.last == .suspend)
  }

  @Test func aLostCollectorIsSaidAndWhatWasKnownStays() {
    var scene = TopScene()
    scene.handle(.lost("nobody listens there"))
    scene.pass(seconds: 4)
    #expect(
      scene.line(3)
        == " ✗ connection lost 4.0 s ago, trying again; figures of 10:00:00: nobody listens the…"
        || scene.line(3).hasPrefix(" ✗ connection lost 4.0 s ago"))
    #expect(scene.text.contains("gpt-4o-mini"))
    scene.answerAll()
    #expect(!scene.text.contains("connection lost"))
  }

  @Test func whenNothingNewComesItIsStale() {
    var scene = TopScene()
    scene.pass(seconds: 1)
    #expect(scene.line(2).contains("fresh 1.4 s"))
    scene.pass(seconds: 14)
    #expect(scene.line(2).contains("stale ▲15 s"))
    scene.pass(seconds: 60)
    #expect(scene.line(2).contains("stale ✗75 s"))
  }

  @Test func aCollectorWithoutAlertsOrAccountsIsFine() {
    let nothing = #"{"error":{"code":"not_found","message":"no route"}}"#
    let scene = TopScene(answers: [.alerts: (404, nothing), .spend: (404, nothing)])
    #expect(scene.line(2).hasPrefix("today –  per h $21.24"))
    #expect(!scene.text.contains("no route"))
  }

  @Test func answersToWhatIsNoLongerAskedAreDropped() {
    var scene = TopScene()
    let old = scene.model.requests.first { $0.part == .table }
    scene.handle(.key(.character("1")))
    if let old { scene.answer(old) }
    #expect(!scene.text.contains("gpt-4o-mini"))
    #expect(scene.text.contains("asking …"))
  }
}

extension String {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
