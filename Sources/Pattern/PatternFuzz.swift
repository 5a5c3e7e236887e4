/// The fuzzer's way into this target.
package enum PatternFuzz {
  // unsafe because arrays lend their bytes for the length of a call.
  /// Reads options, an expression and a text out of `input` and holds both engines to one answer.
  package static func run(_ input: UnsafeRawBufferPointer) {
    guard input.count >= 2 else { return }
    let options = unsafe PatternOptions(rawValue: input[0])
    let length = unsafe min(Int(input[1]), input.count - 2)
    let source = unsafe [UInt8](input[2..<(2 + length)])
    let text = unsafe UnsafeRawBufferPointer(rebasing: input[(2 + length)...])
    let pattern: BytePattern
    do { pattern = try BytePattern(source, options: options) } catch {
      precondition(error.position <= source.count, "an error lies within its source")
      return
    }
    let matcher = PatternMatcher(pattern)
    let found = unsafe matcher.firstMatch(in: text)
    let expected = unsafe matcher.machineMatch(in: text, from: 0, isWhole: false)
    precondition(found == expected, "both engines find the same match")
    precondition(
      unsafe matcher.isFound(in: text) == (found != nil), "a match is found where there is one")
    let whole = unsafe matcher.machineMatch(in: text, from: 0, isWhole: true)
    precondition(
      unsafe matcher.fullyMatches(text) == (whole != nil), "both engines agree on the whole text")
    if let captures = unsafe matcher.captures(in: text) {
      precondition(captures[0] == found, "the first capture is the match")
    }
  }
}
