import Telemetry
import TestSupport
import Testing

@testable import Intake

/// The public JSONTestSuite: `y_` is never refused for its syntax, `n_` always is, and the verdict
/// does not depend on the door.
struct JSONSuiteTests {
  static let names = Fixtures.names(in: "json-suite")

  @Test func `the suite is there`() {
    #expect(Self.names.filter { $0.hasPrefix("y_") }.count == 95)
    #expect(Self.names.filter { $0.hasPrefix("n_") }.count == 188)
    #expect(Self.names.filter { $0.hasPrefix("i_") }.count == 35)
  }

  @Test(arguments: names)
  func `verdicts agree with the suite`(name: String) {
    var bench = DecoderBench { $0.retention = .max / 4 }
    let bytes = Fixtures.bytes("json-suite/\(name)")
    let verdicts = [bench.lines(bytes), bench.document(bytes)].map {
      Verdicts(batch: $0)
    }
    for verdict in verdicts {
      if name.hasPrefix("y_") {
        #expect(!verdict.isSyntaxRefused, "\(name) is refused")
      } else if name.hasPrefix("n_") {
        #expect(verdict.isRefused, "\(name) is taken")
      } else {
        #expect(verdict.isSyntaxRefused == Self.refusedByChoice.contains(name), "\(name)")
      }
    }
    #expect(verdicts[0] == verdicts[1], "\(name) differs by door")
  }

  struct Verdicts: Equatable {
    let isSyntaxRefused: Bool
    let isRefused: Bool

    init(batch: EventBatch) {
      isSyntaxRefused = batch.rejections.contains { $0.code == .badJSON || $0.code == .tooDeep }
      isRefused = batch.count == 0 && batch.rejectedCount > 0
    }
  }

  /// Of the files that the suite leaves open these are refused: texts that are not UTF-8 at all.
  /// The others are read: an array of arrays is no event, numbers beyond a double's range lose
  /// their field to `bad_value`, ill-formed UTF-8 and lone surrogates become U+FFFD with
  /// `bad_utf8`.
  static let refusedByChoice: Set<String> = [
    "i_string_UTF-16LE_with_BOM.json", "i_string_utf16BE_no_BOM.json",
    "i_string_utf16LE_no_BOM.json",
  ]
}
