import Quality
import Testing

struct DetectorTests {
  static let detectors: [(name: String, detect: @Sendable ([UInt8]) -> Bool)] = [
    ("refusal", { RefusalDetector().find(in: $0) != nil }),
    ("repetition", { RepetitionDetector().find(in: $0).isLoop }),
    ("pii", { !PersonalDataDetector().find(in: $0).isEmpty }),
    ("injection", { InjectionDetector().find(in: $0) != nil }),
  ]

  @Test(arguments: detectors.indices)
  func `detectors keep their precision and recall`(_ index: Int) {
    let (name, detect) = Self.detectors[index]
    let cases = LabelledCases(name)
    for item in cases.tuning where detect(item.text) != (item.label == "+") {
      let text = String(decoding: item.text, as: UTF8.self)
      Issue.record("\(name) line \(item.line) is \(item.label): \(text)", severity: .warning)
    }
    let tuning = Accuracy(cases.tuning) { detect($0.text) }
    let heldOut = Accuracy(cases.heldOut) { detect($0.text) }
    Issue.record("\(name): tuning \(tuning), held out \(heldOut)", severity: .warning)
    #expect(cases.count >= 200)
  }
}

extension DetectorTests {
  @Test func `languages are told`() {
    let cases = LabelledCases("language")
    let detector = LanguageDetector()
    for item in cases.tuning {
      let found = detector.find(in: item.text)
      guard found.language != item.label else { continue }
      let text = String(decoding: item.text, as: UTF8.self)
      Issue.record("line \(item.line) \(item.label) \(found): \(text)", severity: .warning)
    }
    let heldOut = cases.heldOut.count { detector.find(in: $0.text).language == $0.label }
    let tuning = cases.tuning.count { detector.find(in: $0.text).language == $0.label }
    Issue.record(
      "\(tuning)/\(cases.tuning.count) \(heldOut)/\(cases.heldOut.count)", severity: .warning)
  }
}
