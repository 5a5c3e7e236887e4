import Terminal
import Testing

@Suite struct TraceWaterfallTests {
  private func lines(width: Int, explains: Bool) throws -> String {
    let trace = try #require(TraceWaterfall(Array(TopAnswers.trace.utf8)))
    return trace.lines(width: width, explains: explains).map(\.plain).joined(separator: "\n")
  }

  @Test func spansAreATreeOverTime() throws {
    #expect(
      try lines(width: 80, explains: false) == """
        1d0e5fb6722ecdae93445ad70424b120 · chat · u-42 · 2.0 s · 3 spans · 1 call · $0.0010236 \
        (100 % priced)
        handle chat [workflow]               ━━━━━━━━━━━━━━━━━━━      2.0 s
        ├─ lookup [tool]                     ━━━━━                 500.0 ms
        │  ✗ no such order
        └─ chat gpt-4o [llm]                      ━━━━━━━━━━━━━━      1.4 s   $0.0010236
        · 2026-11-21T09:59:58Z warning queue is long
        """)
  }

  @Test func whatWasCountedIsExplained() throws {
    let text = try lines(width: 100, explains: true)
    #expect(text.contains("counted: a call to a model"))
    #expect(text.contains("│  nothing to count"))
  }

  @Test func anotherAnswerIsNoTrace() {
    #expect(TraceWaterfall(Array("{}".utf8)) == nil)
    #expect(TraceWaterfall(Array("[".utf8)) == nil)
  }
}
