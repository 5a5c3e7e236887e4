import Pattern

extension PatternMatcher {
  // unsafe because arrays lend their bytes for the length of a call.

  func ranges(_ text: [UInt8], from start: Int = 0) -> [Range<Int>?]? {
    unsafe text.withUnsafeBytes { unsafe captures(in: $0, from: start) }
  }

  func ranges(_ text: String) -> [Range<Int>?]? { ranges(Array(text.utf8)) }

  func match(_ text: [UInt8], from start: Int = 0) -> Range<Int>? {
    unsafe text.withUnsafeBytes { unsafe firstMatch(in: $0, from: start) }
  }

  func match(_ text: String) -> Range<Int>? { match(Array(text.utf8)) }

  func isWhole(_ text: [UInt8]) -> Bool {
    unsafe text.withUnsafeBytes { unsafe fullyMatches($0) }
  }

  func isWhole(_ text: String) -> Bool { isWhole(Array(text.utf8)) }

  func isFound(_ text: [UInt8]) -> Bool {
    unsafe text.withUnsafeBytes { unsafe isFound(in: $0) }
  }

  func isFound(_ text: String) -> Bool { isFound(Array(text.utf8)) }

  func replaced(_ text: String, with template: String) -> String {
    var output: [UInt8] = []
    _ = unsafe Array(text.utf8).withUnsafeBytes {
      unsafe replaceAll(in: $0, with: Array(template.utf8), into: &output)
    }
    return String(decoding: output, as: UTF8.self)
  }
}

func matcher(_ source: String, _ options: PatternOptions = []) throws -> PatternMatcher {
  PatternMatcher(try BytePattern(source, options: options))
}
