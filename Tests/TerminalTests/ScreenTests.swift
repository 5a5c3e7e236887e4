import Terminal
import TestSupport
import Testing

@Suite struct ScreenTests {
  @Test(
    "a character takes its columns",
    arguments: [
      ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("한", 2), ("😀", 2), ("👩‍💻", 2), ("✓", 1),
      ("⚠\u{FE0F}", 2), ("─", 1), ("⣿", 1), ("\u{200B}", 0), ("\u{1B}", 0), ("\u{7F}", 0),
    ])
  func widths(text: String, columns: Int) {
    #expect(CharacterWidth.columns(of: text) == columns)
  }

  @Test func textIsCutAtItsLimitAndTheEdge() {
    var screen = Screen(width: 10, height: 4)
    #expect(screen.put("abc", row: 0, column: 0) == 3)
    #expect(screen.put("abcdefghij", row: 1, column: 2, limit: 5) == 7)
    #expect(screen.put("日本語日本語", row: 2, column: 0) == 10)
    screen.put("outside", row: 9, column: 0)
    screen.put("日", row: 3, column: 9)
    #expect(screen.text == "abc\n  abcd…\n日本語日…\n         …")
  }

  @Test func nothingThatATerminalObeysIsDrawn() {
    var screen = Screen(width: 20, height: 1)
    screen.put("a\u{1B}[2Jb\u{7}\tc\r\nd", row: 0, column: 0)
    #expect(screen.text == "a[2Jb c d")
    #expect(
      StyledText("a\u{1B}[31mb\n").line(TerminalLook(depth: .mono, isPlain: false)) == "a [31mb ")
  }

  @Test func halfAWideCharacterIsNone() {
    var screen = Screen(width: 6, height: 1)
    screen.put("日本", row: 0, column: 0)
    screen.put("x", row: 0, column: 1)
    #expect(screen.text == " x本")
    screen.put("y", row: 0, column: 2)
    #expect(screen.text == " xy")
  }

  @Test func asciiScreensHoldASCIIOnly() {
    var screen = Screen(width: 40, height: 1, isPlain: true)
    screen.put("─│┌✗▲●…›▁█⣿日é", row: 0, column: 0)
    #expect(screen.text == "-|+x^*~>_#.???")
    #expect(screen.text.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func aTerminalShowsWhatTheScreensHoldHoweverTheyFollow() {
    var random = Dice(seed: 7)
    for depth in ColorDepth.allCases {
      var writer = FrameWriter(depth: depth)
      var terminal = TerminalEmulator(width: 30, height: 8)
      terminal.write(FrameWriter.begin(mouse: true))
      var screen = Screen(width: 30, height: 8)
      for _ in 0..<200 {
        for _ in 0..<random.below(12) {
          let text = ["abc", "日本", "▁▂▃", "✗ 1.2 %", " ", "é", "⣿⣀"][random.below(7)]
          let ink = Style.Ink.allCases[random.below(Style.Ink.allCases.count)]
          screen.put(
            text, row: random.below(8), column: random.below(30),
            style: Style(ink, bold: random.below(2) == 0, reversed: random.below(3) == 0))
        }
        terminal.write(writer.write(screen))
        #expect(terminal.text == screen.text)
        for row in 0..<8 {
          for column in 0..<30 where !screen[row, column].text.isEmpty {
            let wanted = screen[row, column].style.parameters(depth)
            #expect(terminal[row, column].style == wanted)
          }
        }
      }
      #expect(terminal.unknown.isEmpty)
      terminal.write(FrameWriter.end)
      #expect(terminal.modes == [25, 7])
    }
  }

  @Test func onlyWhatChangedIsWritten() {
    var writer = FrameWriter(depth: .truecolor)
    var terminal = TerminalEmulator(width: 80, height: 24)
    var screen = Screen(width: 80, height: 24)
    for row in 0..<24 { screen.put("row \(row) with some text", row: row, column: 0) }
    terminal.write(writer.write(screen))
    #expect(writer.write(screen).isEmpty)
    screen.put("7", row: 3, column: 4)
    let before = terminal.writes
    let bytes = writer.write(screen)
    terminal.write(bytes)
    #expect(terminal.writes - before == 1)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "\u{1B}[?2026h\u{1B}[4;5H\u{1B}[0m7\u{1B}[0m\u{1B}[?2026l")
    writer.forget()
    #expect(writer.write(screen).count > 400)
  }

  @Test func sparklinesScaleToTheirLargest() {
    #expect(Sparkline.text([0, 1, 2, 4, 8], width: 6) == " ▁▂▃▅█")
    #expect(Sparkline.text([nil, 0, 0], width: 3) == " ▁▁")
    #expect(Sparkline.text([1, 2, 3], width: 2) == "▆█")
    #expect(Sparkline.text([], width: 0) == "")
  }
}
