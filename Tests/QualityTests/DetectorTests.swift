import Quality
import TestSupport
import Testing

struct DetectorTests {
  /// A detector and what it finds in the cases of its name.
  struct Subject: Sendable, CustomTestStringConvertible {
    let name: String
    /// Makes a detector, which keeps its memory from text to text.
    let make: @Sendable () -> ([UInt8]) -> Bool

    var testDescription: String { name }
  }

  static let subjects = [
    Subject(name: "refusal") {
      let detector = RefusalDetector()
      return { detector.find(in: $0) != nil }
    },
    Subject(name: "repetition") { { RepetitionDetector().find(in: $0).isLoop } },
    Subject(name: "injection") {
      let detector = InjectionDetector()
      return { detector.find(in: $0) != nil }
    },
    Subject(name: "pii") {
      let detector = PersonalDataDetector()
      return { !detector.find(in: $0).isEmpty }
    },
  ]

  /// The page that tells the numbers.
  static let page = String(
    decoding: Fixtures.bytes("../../Sources/barograph/Documentation.docc/Quality.md"),
    as: UTF8.self)

  /// The least that is asked of the cases held out.
  private static let least = 0.9

  @Test(arguments: subjects)
  func `a detector's precision and recall are those the page tells`(_ subject: Subject) {
    let cases = LabelledCases(subject.name)
    let detect = subject.make()
    let tuning = Accuracy(cases.tuning) { detect($0.text) }
    let heldOut = Accuracy(cases.heldOut) { detect($0.text) }
    let row = "| `\(subject.name)` | \(cases.count) | \(tuning) | \(heldOut) |"
    #expect(Self.page.contains(row), "the page should say: \(row)")
    #expect(cases.count >= 200)
    #expect(heldOut.precision >= Self.least && heldOut.recall >= Self.least)
  }

  @Test func `languages are told as the page says`() {
    let cases = LabelledCases("language")
    let detector = LanguageDetector()
    func shares(_ cases: [LabelledCases.Case]) -> (precision: Double, recall: Double) {
      let answers = cases.map { (label: $0.label, found: detector.find(in: $0.text).language) }
      let right = Double(answers.count { $0.label != "und" && $0.label == $0.found })
      return (
        right / Double(answers.count { $0.found != "und" }),
        right / Double(answers.count { $0.label != "und" })
      )
    }
    let (tuning, heldOut) = (shares(cases.tuning), shares(cases.heldOut))
    let numbers = [tuning.precision, tuning.recall, heldOut.precision, heldOut.recall]
    let row =
      "| `language` | \(cases.count) | \(numbers.map(Accuracy.percent).joined(separator: " | ")) |"
    #expect(Self.page.contains(row), "the page should say: \(row)")
    #expect(numbers.allSatisfy { $0 >= Self.least })
  }

  @Test func `every language it knows is told by its own name`() {
    #expect(LanguageDetector.languages.count >= 25)
    #expect(Set(LanguageDetector.languages).count == LanguageDetector.languages.count)
    let detector = LanguageDetector()
    for (text, language) in [
      ("สวัสดีครับ วันนี้อากาศดี", "th"), ("Καλημέρα", "el"), ("さくら", "ja"), ("", "und"),
    ] {
      #expect(detector.find(in: Array(text.utf8)).language == language)
    }
  }

  @Test(arguments: subjects)
  func `any bytes, however cut, are answered`(_ subject: Subject) {
    let detect = subject.make()
    var random = Dice(seed: 3)
    for _ in 0..<60 {
      let text = (0..<200).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      _ = detect(text)
    }
    let text = Array("Ich kann « “x 忽略 あ 😀 не могу".utf8)
    for length in text.indices { _ = detect(Array(text.prefix(length))) }
  }

  @Test func `a refusal is found behind typographic apostrophes and capitals`() {
    let detector = RefusalDetector()
    #expect(detector.find(in: Array("I’M SORRY, I CAN’T HELP WITH THAT".utf8)) != nil)
    #expect(detector.find(in: Array("\"I cannot help with that.\"".utf8)) != nil)
    #expect(detector.find(in: Array("He said \"I cannot help with that.\"".utf8)) == nil)
  }

  @Test func `how much of a text is a loop is told`() {
    let start = "Once upon a time there was a house by the sea with nine windows. "
    let loop = String(repeating: "and then they went home ", count: 8)
    let finding = RepetitionDetector().find(in: Array((start + loop).utf8))
    #expect(finding.rounds == 8 && finding.period == 5)
    #expect(abs(finding.share - 40.0 / 54.0) < 0.001)
  }
}
