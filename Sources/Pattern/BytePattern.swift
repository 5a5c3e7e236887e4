/// A compiled regular expression over UTF-8 bytes, in RE2's syntax; immutable and shared freely.
///
/// Match it through a `PatternMatcher`, one a thread. Semantics are leftmost-first. Bytes that
/// are not UTF-8 are matched by nothing, not even `.` or a negated class.
package struct BytePattern: Sendable {
  let program: PatternProgram
  /// The name of each capturing group; the first entry is the whole match, which has none.
  package let groupNames: [String?]

  /// Compiles `source`. Back-references and look-around are refused (but see
  /// `PatternOptions.negativeLookahead`), so are script classes and whatever passes
  /// `PatternLimits`.
  package init(_ source: [UInt8], options: PatternOptions = []) throws(PatternError) {
    var parser = try PatternParser(source, options: options)
    let tree = try parser.parse()
    groupNames = parser.groupNames
    program = try PatternProgram(
      tree, slotCount: parser.groupNames.count * 2, lookaheads: parser.lookaheads)
  }

  /// Compiles the UTF-8 of `source`; fails as the initialiser over bytes does.
  package init(_ source: String, options: PatternOptions = []) throws(PatternError) {
    try self.init(Array(source.utf8), options: options)
  }

  /// The index of the group called `name`.
  package func group(named name: String) -> Int? {
    groupNames.firstIndex(of: name)
  }
}
