import PromQL
import Testing

@Suite struct SeriesNotationTests {
  @Test(
    arguments: [
      ("1 2 3", [1.0, 2, 3]), ("0+10x3", [0, 10, 20, 30]), ("5-1x2", [5, 4, 3]),
      ("1x3", [1, 1, 1, 1]), ("0x3", [0, 0, 0, 0]), ("-2+1.5x1", [-2, -0.5]),
      ("1e3 -1e-2", [1000, -0.01]),
      ("Inf -Inf +inf", [Double.infinity, -Double.infinity, Double.infinity]),
    ] as [(String, [Double])])
  func `numbers and runs of them`(_ text: String, _ values: [Double]) throws {
    #expect(try SeriesNotation.items(text) == values.map { .float($0) })
  }

  @Test func `gaps and the stale marker`() throws {
    let items = try SeriesNotation.items("_ 1 _x2 stale")
    #expect(items.count == 5)
    #expect(items[..<4] == [.missing, .float(1), .missing, .missing])
    guard case .float(let last) = items[4] else {
      Issue.record("no marker")
      return
    }
    #expect(StaleMarker.isStale(last))
  }

  @Test func `histograms are read and written alike`() throws {
    let text = """
      {{schema:1 count:12 sum:18.4 z_bucket:2 z_bucket_w:0.001 counter_reset_hint:gauge \
      offset:-3 buckets:[1 2 0 1 1] n_buckets:[1 2]}}
      """
    #expect(SeriesNotation.text(try SeriesNotation.histogram(text)) == text)
    let run = try SeriesNotation.items("{{count:1 buckets:[1]}}+{{count:1 buckets:[1]}}x1")
    let last = NativeHistogram(count: 2, positive: BucketRun(counts: [2]))
    #expect(run.last == .histogram(last))
  }

  @Test(
    arguments: [
      "1+2", "1x", "_x", "{{", "{{count:1", "{{what:1}}", "{{count 1}}", "1,2", "abc",
      "1x99999999999",
      "{{buckets:[1 }}", "--1", "1 2x3y",
    ])
  func `mistakes are refused`(_ text: String) {
    #expect(throws: QueryError.self) { _ = try SeriesNotation.items(text) }
  }
}
