import Quality
import TestSupport

/// Cases of a detector with what a person says of them.
struct LabelledCases {
  struct Case: Sendable {
    let line: Int
    let label: String
    let text: [UInt8]
  }

  /// The even cases, by which detectors are tuned, and the odd ones, which are held out.
  let tuning: [Case]
  let heldOut: [Case]

  /// The cases of a file: `label text` a line, `\n` for a line break, `#` for remarks.
  init(_ name: String) {
    let text = String(decoding: Fixtures.bytes("quality/\(name).txt"), as: UTF8.self)
    var cases: [Case] = []
    for (index, line) in text.split(separator: "\n").enumerated() where !line.hasPrefix("#") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let body = parts.count == 2 ? parts[1].replacing("\\n", with: "\n") : ""
      cases.append(Case(line: index + 1, label: String(parts[0]), text: Array(body.utf8)))
    }
    tuning = cases.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    heldOut = cases.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  var count: Int { tuning.count + heldOut.count }
}

/// How often a detector is right.
struct Accuracy: Equatable, CustomStringConvertible {
  private(set) var found = 0
  private(set) var missed = 0
  private(set) var wrong = 0
  private(set) var passed = 0

  /// Counts each case by what `detect` says of it.
  init(_ cases: [LabelledCases.Case], _ detect: (LabelledCases.Case) -> Bool) {
    for item in cases {
      switch (item.label == "+", detect(item)) {
      case (true, true): found += 1
      case (true, false): missed += 1
      case (false, true): wrong += 1
      case (false, false): passed += 1
      }
    }
  }

  var precision: Double { Double(found) / Double(max(1, found + wrong)) }
  var recall: Double { Double(found) / Double(max(1, found + missed)) }

  /// `precision 98.0 %, recall 91.1 %` in whole tenths.
  var description: String { "\(Self.percent(precision)) | \(Self.percent(recall))" }

  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1_000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
