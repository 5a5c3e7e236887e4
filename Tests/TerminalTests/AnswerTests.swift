import Terminal
import Testing

@Suite struct AnswerTests {
  @Test func aTextBecomesATree() {
    let text =
      #" {"a":[1,-2.5e3,"x\n\u00e9\ud83d\ude00",true,false,null],"b":{},"c":[],"d":"4.2"} "#
    let answer = Answer(Array(text.utf8))
    #expect(
      answer?["a"].items == [
        .number(1), .number(-2_500), .text("x\né😀"), .flag(true), .flag(false), .null,
      ])
    #expect(answer?["b"] == .object([]))
    #expect(answer?["d"].number == 4.2)
    #expect(answer?["missing"] == .null)
  }

  @Test func aTextThatIsCutIsNone() {
    let text = Array(TopAnswers.trace.utf8)
    #expect(Answer(text) != nil)
    for end in 0..<text.count { #expect(Answer(Array(text[..<end])) == nil) }
    #expect(Answer(Array("{} x".utf8)) == nil)
    #expect(Answer([UInt8](repeating: 0x5B, count: 100)) == nil)
  }

  @Test func momentsAreRead() {
    #expect(Answer.time("2026-11-21T10:00:00Z") == TopScene.now)
    #expect(Answer.time("nonsense") == nil)
    #expect(TopStart.time("-15m", before: TopScene.now) == TopScene.now - 900_000_000_000)
    #expect(TopStart.time("2026-11-21 09:00:00Z", before: TopScene.now) != nil)
    #expect(TopStart.time("2026-11-22T00:00:00Z", before: TopScene.now) == nil)
    #expect(TopStart.time("-15x", before: TopScene.now) == nil)
  }
}
