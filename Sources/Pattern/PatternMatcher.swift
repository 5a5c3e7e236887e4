/// Matches one pattern; the scratch memory of one thread, kept between calls.
///
/// Every question costs time linear in the text (times the program's size when the automaton's
/// cache does not pay), whatever the expression.
package final class PatternMatcher {
  // unsafe because the text is the caller's for the length of a call; positions stay inside it.

  /// What is matched.
  package let pattern: BytePattern
  private var machine: PikeMachine
  private var whole: LazyAutomaton
  private var anywhere: LazyAutomaton
  private var isLiteral: Bool { pattern.program.isLiteral }
  private var hasLookaheads: Bool { !pattern.program.lookaheads.isEmpty }

  /// A matcher of `pattern` for one thread.
  package init(_ pattern: BytePattern) {
    self.pattern = pattern
    machine = PikeMachine(instructionCount: pattern.program.instructions.count)
    whole = LazyAutomaton(.whole, for: pattern.program)
    anywhere = LazyAutomaton(.anywhere, for: pattern.program)
  }

  /// Instructions visited and bytes read so far: what a test of linearity counts.
  package var steps: Int { machine.steps + whole.steps + anywhere.steps }
}

extension PatternMatcher {
  /// Whether the whole of `text` matches, as if between `\A` and `\z`.
  package func fullyMatches(_ text: UnsafeRawBufferPointer) -> Bool {
    if !hasLookaheads, let answer = unsafe whole.answer(pattern.program, on: text, from: 0) {
      return answer
    }
    unsafe machine.prepareLookaheads(of: pattern.program, on: text)
    return unsafe machine.run(
      pattern.program, on: text, from: 0, slotCount: 0, isWhole: true)
  }

  /// Whether there is a match anywhere in `text`.
  package func isFound(in text: UnsafeRawBufferPointer) -> Bool {
    unsafe isFound(in: text, from: 0)
  }

  /// The leftmost match that begins at or after `start`; anchors and `\b` look at all of `text`.
  package func firstMatch(in text: UnsafeRawBufferPointer, from start: Int = 0) -> Range<Int>? {
    precondition(start >= 0 && start <= text.count, "search starts within the text")
    if isLiteral {
      let prefix = pattern.program.prefix
      return unsafe ByteSearch.first(prefix, in: text, from: start)
        .map { $0..<($0 + prefix.count) }
    }
    guard unsafe isFound(in: text, from: start) else { return nil }
    guard unsafe runMachine(on: text, from: start, slotCount: 2) else { return nil }
    return machine.matched[0]..<machine.matched[1]
  }

  /// The ranges of the leftmost match and its groups, `nil` for a group that took no part.
  package func captures(
    in text: UnsafeRawBufferPointer, from start: Int = 0
  ) -> [Range<Int>?]? {
    precondition(start >= 0 && start <= text.count, "search starts within the text")
    guard unsafe isFound(in: text, from: start) else { return nil }
    return unsafe machineCaptures(on: text, from: start, isWhole: false)
  }

  /// The ranges of the groups when the whole of `text` matches.
  package func fullCaptures(in text: UnsafeRawBufferPointer) -> [Range<Int>?]? {
    guard unsafe fullyMatches(text) else { return nil }
    return unsafe machineCaptures(on: text, from: 0, isWhole: true)
  }
}

extension PatternMatcher {
  /// `firstMatch` without the automaton: what the two engines are compared by.
  func machineMatch(
    in text: UnsafeRawBufferPointer, from start: Int, isWhole: Bool
  ) -> Range<Int>? {
    unsafe machine.prepareLookaheads(of: pattern.program, on: text)
    let isMatched = unsafe machine.run(
      pattern.program, on: text, from: start, slotCount: 2, isWhole: isWhole)
    return isMatched ? machine.matched[0]..<machine.matched[1] : nil
  }

  private func isFound(in text: UnsafeRawBufferPointer, from start: Int) -> Bool {
    let program = pattern.program
    // A start-anchored expression cannot match further on.
    if program.isAnchoredAtStart, start > 0 { return false }
    var first = start
    if !program.prefix.isEmpty, !program.isAnchoredAtStart {
      guard let found = unsafe ByteSearch.first(program.prefix, in: text, from: start)
      else { return false }
      if program.isLiteral { return true }
      first = found
    }
    if !hasLookaheads, let answer = unsafe anywhere.answer(program, on: text, from: first) {
      return answer
    }
    return unsafe runMachine(on: text, from: first, slotCount: 0)
  }

  private func runMachine(
    on text: UnsafeRawBufferPointer, from start: Int, slotCount: Int
  ) -> Bool {
    unsafe machine.prepareLookaheads(of: pattern.program, on: text)
    return unsafe machine.run(
      pattern.program, on: text, from: start, slotCount: slotCount)
  }

  private func machineCaptures(
    on text: UnsafeRawBufferPointer, from start: Int, isWhole: Bool
  ) -> [Range<Int>?]? {
    unsafe machine.prepareLookaheads(of: pattern.program, on: text)
    let isMatched = unsafe machine.run(
      pattern.program, on: text, from: start, slotCount: pattern.program.slotCount,
      isWhole: isWhole)
    guard isMatched else { return nil }
    return Swift.stride(from: 0, to: machine.matched.count, by: 2).map { slot in
      let low = machine.matched[slot]
      let high = machine.matched[slot + 1]
      return low >= 0 && high >= low ? low..<high : nil
    }
  }
}
