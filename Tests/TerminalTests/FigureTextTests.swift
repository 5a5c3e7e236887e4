import Terminal
import Testing

@Suite struct FigureTextTests {
  @Test(
    "counts",
    arguments: [
      (0, "0"), (0.04, "0"), (7.26, "7.3"), (9.96, "10"), (312, "312"), (999.4, "999"),
      (1_204, "1,204"), (9_999, "9,999"), (12_400, "12.4k"), (510_000, "510k"),
      (1_420_000, "1.42M"), (15_000_000, "15.0M"), (2e9, "2.00G"),
    ] as [(Double, String)])
  func counts(value: Double, text: String) { #expect(FigureText.count(value) == text) }

  @Test(
    "shares",
    arguments: [(0, "0 %"), (0.012, "1.2 %"), (0.0004, "0 %"), (0.84, "84 %"), (1, "100 %")]
      as [(Double, String)])
  func shares(value: Double, text: String) { #expect(FigureText.percent(value) == text) }

  @Test func coverageNeverClaimsWhatIsNotThere() {
    #expect(FigureText.coverage(0.9999) == "99.9 %")
    #expect(FigureText.coverage(1) == "100 %")
    #expect(FigureText.coverage(nil) == "–")
  }

  @Test(
    "times",
    arguments: [
      (0.42, "0.4 ms"), (812, "812 ms"), (999.4, "999 ms"), (1_840, "1.84 s"), (12_300, "12.3 s"),
      (126_000, "2.1 m"),
    ] as [(Double, String)])
  func times(value: Double, text: String) { #expect(FigureText.duration(value) == text) }

  @Test(
    "money",
    arguments: [
      (0, "$0"), (0.000_001, "<$0.00001"), (0.000_42, "$0.00042"), (0.0131, "$0.0131"),
      (0.13, "$0.13"), (21.239, "$21.24"), (1_204, "$1,204"), (12_400, "$12.4k"),
    ] as [(Double, String)])
  func money(value: Double, text: String) { #expect(FigureText.money(value) == text) }

  @Test func whatIsNotKnownIsADash() {
    #expect(FigureText.count(nil) == "–")
    #expect(FigureText.percent(.nan) == "–")
    #expect(FigureText.duration(nil) == "–")
    #expect(FigureText.money(.infinity) == "–")
  }
}
