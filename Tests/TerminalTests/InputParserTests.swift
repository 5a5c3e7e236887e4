import Terminal
import Testing

@Suite struct InputParserTests {
  /// What terminals send, and what it means.
  static let known: [(bytes: String, keys: [Key])] = [
    ("a", [.character("a")]), ("é", [.character("é")]), ("日", [.character("日")]),
    ("😀", [.character("😀")]), ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]),
    ("\u{7F}", [.backspace]), ("\u{08}", [.backspace]), ("\u{03}", [.control("c")]),
    ("\u{1A}", [.control("z")]), ("\u{1B}[A", [.up]), ("\u{1B}[B", [.down]),
    ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]), ("\u{1B}OA", [.up]), ("\u{1B}[H", [.home]),
    ("\u{1B}[F", [.end]), ("\u{1B}[1~", [.home]), ("\u{1B}[4~", [.end]), ("\u{1B}[5~", [.pageUp]),
    ("\u{1B}[6~", [.pageDown]), ("\u{1B}[3~", [.delete]), ("\u{1B}[Z", [.backTab]),
    ("\u{1B}[1;5A", [.up]), ("\u{1B}OP", [.function(1)]), ("\u{1B}OQ", [.function(2)]),
    ("\u{1B}[11~", [.function(1)]), ("\u{1B}[12~", [.function(2)]), ("\u{1B}[15~", [.function(5)]),
    ("\u{1B}[17~", [.function(6)]), ("\u{1B}[24~", [.function(12)]),
    ("\u{1B}[[A", [.function(1)]), ("\u{1B}[[E", [.function(5)]),
    ("\u{1B}[<0;10;5M", [.click(row: 4, column: 9)]), ("\u{1B}[<0;10;5m", []),
    ("\u{1B}[<64;1;1M", [.wheelUp(row: 0, column: 0)]),
    ("\u{1B}[<65;300;100M", [.wheelDown(row: 99, column: 299)]), ("\u{1B}[<2;1;1M", []),
    ("\u{1B}[200~rm -rf\n\u{1B}[A x\u{1B}[201~", [.paste("rm -rf\n\u{1B}[A x")]),
    ("\u{1B}x", [.character("x")]), ("\u{1B}[999z", []),
    ("jk", [.character("j"), .character("k")]),
    ("\u{1B}[A\u{1B}[B", [.up, .down]), ("q\u{1B}[Aq", [.character("q"), .up, .character("q")]),
  ]

  @Test(arguments: known.indices)
  func aSequenceMeansTheSameWhereverItIsCut(index: Int) {
    let bytes = Array(Self.known[index].bytes.utf8)
    for cut in 0...bytes.count {
      var parser = InputParser()
      let keys = parser.take(bytes[..<cut], at: 0) + parser.take(bytes[cut...], at: 1)
      #expect(keys == Self.known[index].keys, "cut at \(cut)")
      #expect(!parser.isWaiting)
    }
    var parser = InputParser()
    #expect(bytes.flatMap { parser.take([$0], at: 0) } == Self.known[index].keys)
  }

  @Test func aLoneEscapeIsAKeyOnceNothingFollowed() {
    var parser = InputParser()
    #expect(parser.take([0x1B], at: 1_000) == [])
    #expect(parser.isWaiting)
    #expect(parser.flush(at: 1_000 + InputParser.patience - 1) == [])
    #expect(parser.flush(at: 1_000 + InputParser.patience) == [.escape])
    #expect(!parser.isWaiting)
    #expect(parser.take([0x1B, 0x1B], at: 0) == [.escape])
    #expect(parser.flush(at: InputParser.patience) == [.escape])
  }

  @Test func everyByteAfterEveryStartIsTakenWithoutHarm() {
    let starts = [
      "", "\u{1B}", "\u{1B}[", "\u{1B}O", "\u{1B}[<", "\u{1B}[1;", "\u{1B}[[", "\u{C3}",
    ]
    for start in starts {
      for byte in UInt8.min...UInt8.max {
        var parser = InputParser()
        _ = parser.take(Array(start.utf8) + [byte], at: 0)
        _ = parser.flush(at: InputParser.patience)
        // Whatever it was, plain typing is understood again at once or after what it began.
        let keys = parser.take(Array("\u{1B}[201~zzz".utf8), at: 1)
        #expect(keys.suffix(1) == [.character("z")], "\(start.debugDescription) \(byte)")
      }
    }
  }

  @Test func anEndlessSequenceOrPasteTakesBoundedMemory() {
    var parser = InputParser()
    _ = parser.take(Array("\u{1B}[".utf8) + [UInt8](repeating: 0x31, count: 10_000), at: 0)
    #expect(parser.take(Array("j".utf8), at: 0).last == .character("j"))
    var keys = parser.take(
      Array("\u{1B}[200~".utf8) + [UInt8](repeating: 0x61, count: 200_000), at: 0)
    keys += parser.take(Array("\u{1B}[201~".utf8), at: 0)
    guard case .paste(let text)? = keys.first else {
      Issue.record("no paste")
      return
    }
    #expect(text.count == 1 << 16)
  }
}
