import Terminal
import TestSupport
import Testing

/// Whole screens, as a person sees them.
@Suite struct TopScreenTests {
  /// Sizes, depths, keys, and the file with the screen.
  static let golden:
    [(name: String, width: Int, height: Int, depth: ColorDepth, isPlain: Bool, keys: String)] = [
      ("80x24", 80, 24, .truecolor, false, ""), ("80x24-ascii", 80, 24, .mono, true, ""),
      ("120x40", 120, 40, .indexed, false, ""), ("200x60", 200, 60, .sixteen, false, ""),
      ("300x100", 300, 100, .truecolor, false, "j"), ("80x24-help", 80, 24, .truecolor, false, "?"),
      ("80x24-settings", 80, 24, .truecolor, false, "\u{1B}OQ"),
      ("80x24-palette", 80, 24, .truecolor, false, ":"),
      ("80x24-past", 80, 24, .truecolor, false, "["),
      ("80x24-calls", 80, 24, .truecolor, false, "\r\r"),
      ("80x24-trace", 80, 24, .truecolor, false, "\r\r\r"),
      ("120x40-trace", 120, 40, .truecolor, false, "\r\r\r"),
      ("80x24-alerts", 80, 24, .truecolor, false, "\t\t\te"),
      ("80x24-prompts", 80, 24, .truecolor, false, "4"),
    ]

  @Test(arguments: golden.indices)
  func screens(index: Int) {
    let wanted = Self.golden[index]
    var scene = TopScene(
      width: wanted.width, height: wanted.height, depth: wanted.depth, isPlain: wanted.isPlain)
    scene.pass(seconds: 0)
    scene.typeInTurn(wanted.keys)
    let shown = scene.shown
    #expect(shown.unknown.isEmpty)
    #expect(shown.text == scene.text)
    let file = String(
      decoding: Fixtures.bytes("top/\(wanted.name).txt"), as: UTF8.self)
    #expect(shown.text + "\n" == file, "\(wanted.name)")
    if wanted.isPlain { #expect(shown.text.utf8.allSatisfy { $0 < 0x80 }) }
  }

  @Test(arguments: ColorDepth.allCases)
  func coloursAreThoseOfTheTerminal(depth: ColorDepth) {
    let scene = TopScene(depth: depth)
    let shown = scene.shown
    var styles: Set<String> = []
    for row in 0..<24 { for column in 0..<80 { styles.insert(shown[row, column].style) } }
    let hasColour = styles.contains { style in
      style.split(separator: ";").contains { ["38", "31", "33", "36", "90"].contains($0) }
    }
    #expect(hasColour == (depth != .mono))
    #expect(styles.contains { $0.contains("38;2;") } == (depth == .truecolor))
    #expect(styles.contains { $0.contains("38;5;") } == (depth == .indexed))
    // What is alarming is told by a sign too.
    #expect(shown.text.contains("✗") && shown.text.contains("▲"))
  }

  @Test func anySizeAtAnyMomentLeavesNoGarbage() {
    var dice = Dice(seed: 20_261_121)
    var scene = TopScene()
    var writer = FrameWriter(depth: .truecolor)
    var terminal = TerminalEmulator(width: 80, height: 24)
    let keys = [
      "j", "k", "G", "g", "\r", "\u{1B}", "\t", "e", "?", "w", "[", "]", " ", ">", "I", "/g\r", "n",
      "\\rpm>1\r", ":", "\u{1B}OQ", "5", "2", "1", "\u{1B}[<0;9;9M", "\u{1B}[<65;9;20M", "L",
    ]
    for _ in 0..<1_000 {
      let (width, height) = (1 + dice.below(300), 1 + dice.below(100))
      scene.handle(.resized(width: width, height: height))
      terminal.resize(width: width, height: height)
      if dice.below(3) > 0 { scene.type(keys[dice.below(keys.count)]) }
      terminal.write(writer.write(scene.model.screen))
      #expect(terminal.text == scene.text)
    }
    #expect(terminal.unknown.isEmpty)
  }

  @Test func aWindowThatIsTooSmallSaysSo() {
    #expect(TopScene(width: 39, height: 24).text.hasPrefix("the window is too small"))
    #expect(TopScene(width: 1, height: 1).text == "…")
    #expect(TopScene(width: 40, height: 10).text.hasPrefix("Barograph"))
  }

  @Test func whatTheEnvironmentSaysOfTheTerminal() {
    func look(_ variables: [String: String]) -> TerminalLook {
      TerminalLook(environment: variables)
    }
    #expect(
      look(["TERM": "xterm", "LANG": "en_US.UTF-8"]) == .init(depth: .sixteen, isPlain: false))
    #expect(
      look(["TERM": "xterm-256color", "LC_ALL": "C"]) == .init(depth: .indexed, isPlain: true))
    #expect(
      look(["TERM": "xterm", "COLORTERM": "truecolor", "LC_CTYPE": "C.utf8"])
        == .init(depth: .truecolor, isPlain: false))
    #expect(
      look(["TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"])
        == .init(depth: .mono, isPlain: true))
    #expect(look(["TERM": "dumb"]).depth == .mono)
    #expect(look(["LC_ALL": "", "LANG": "de_DE.UTF-8"]).isPlain == false)
  }
}
