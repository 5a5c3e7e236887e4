/// A deterministic automaton built as texts need it: one table look-up a byte.
///
/// It answers only yes or no; positions come from `PikeMachine`. A transition resolves the
/// assertions before its byte, so a match shows one byte (or the end) after it ended.
struct LazyAutomaton {
  enum Question {
    /// Does the whole text match?
    case whole
    /// Is there a match at or after the start?
    case anywhere
  }

  private enum Transition {
    static let unknown: Int32 = -1
    static let match: Int32 = -2
    static let dead: Int32 = 0
  }

  private struct State: Hashable {
    let instructions: [Int32]
    let context: PatternContext
  }

  private let question: Question
  private let stride: Int
  private let stateLimit: Int
  private var table: [Int32] = []
  private var states: [State] = []
  private var offsets: [State: Int32] = [:]
  /// The offset of the first state by what lies before a text, once known.
  private var starts = [Int32](repeating: Transition.unknown, count: 8)
  private var visited: [Bool]
  /// Bytes asked about since the cache was last emptied: what says whether it pays.
  private var bytesSinceFlush = 0
  private var touched: [Int32] = []
  private var stack: [Int32] = []
  /// Instructions visited and bytes read since the automaton was made.
  private(set) var steps = 0
  /// How often the cache was full and emptied.
  private(set) var flushes = 0

  init(_ question: Question, for program: PatternProgram) {
    self.question = question
    stride = program.representatives.count + 1
    stateLimit = max(
      8, min(PatternLimits.automatonStates, PatternLimits.automatonTransitions / stride))
    visited = [Bool](repeating: false, count: program.instructions.count)
    flush()
  }

  private mutating func flush() {
    table.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
    for index in starts.indices { starts[index] = Transition.unknown }
    // The first state is the one nothing leads out of.
    table.append(contentsOf: repeatElement(Transition.dead, count: stride))
    states.append(State(instructions: [], context: []))
  }
}

extension LazyAutomaton {
  /// The answer for `text` from `start`, or `nil` when states do not repeat enough for a cache
  /// to pay.
  mutating func answer(
    _ program: PatternProgram, on text: UnsafeRawBufferPointer, from start: Int
  ) -> Bool? {
    let before: PatternContext = unsafe start == 0 ? .textStart : .after(text[start - 1])
    var state = startOffset(program, after: before.intersection(program.contexts))
    var position = start
    while true {
      let from = position
      let outcome = unsafe scan(program, text, state: &state, position: &position)
      steps += position - from
      bytesSinceFlush += position - from
      switch outcome {
      case Transition.dead: return false
      case Transition.match: return true
      default: break
      }
      if states.count >= stateLimit {
        if bytesSinceFlush < 10 * stateLimit {
          bytesSinceFlush += text.count - position + 1
          return nil
        }
        state = restart(from: state)
      }
      let byte: UInt8? = unsafe position < text.count ? text[position] : nil
      extend(program, state: state, before: byte)
    }
  }

  /// Follows known transitions; returns the first that is not a plain state.
  private func scan(
    _ program: PatternProgram, _ text: UnsafeRawBufferPointer, state: inout Int32,
    position: inout Int
  ) -> Int32 {
    let end = text.count
    // unsafe because the loop skips bounds checks: classes are below the stride, offsets are
    // multiples of it within the table, positions stay below the count.
    return unsafe table.withUnsafeBufferPointer { table in
      unsafe program.classes.withUnsafeBufferPointer { classes in
        while position < end {
          let next = unsafe table[Int(state) + Int(classes[Int(text[position])])]
          if next <= 0 { return next }
          position += 1
          if next == state {
            // While the state stays, no look-up has to wait for the one before.
            while position < end,
              unsafe table[Int(state) + Int(classes[Int(text[position])])] == state
            {
              position += 1
            }
          }
          state = next
        }
        return unsafe table[Int(state) + stride - 1]
      }
    }
  }

  private mutating func restart(from state: Int32) -> Int32 {
    let kept = states[Int(state) / stride]
    flush()
    flushes += 1
    bytesSinceFlush = 0
    return offset(of: kept)
  }

  private mutating func startOffset(
    _ program: PatternProgram, after context: PatternContext
  ) -> Int32 {
    let known = starts[Int(context.rawValue)]
    if known != Transition.unknown { return known }
    let offset = offset(of: State(instructions: [program.start], context: context))
    starts[Int(context.rawValue)] = offset
    return offset
  }

  private mutating func offset(of state: State) -> Int32 {
    if let offset = offsets[state] { return offset }
    let offset = Int32(table.count)
    table.append(contentsOf: repeatElement(Transition.unknown, count: stride))
    states.append(state)
    offsets[state] = offset
    return offset
  }

  /// Works out the transition of `state` over `byte`, or over the end of the text.
  private mutating func extend(_ program: PatternProgram, state: Int32, before byte: UInt8?) {
    let source = states[Int(state) / stride]
    let isOpen = question == .anywhere && !program.isAnchoredAtStart
    var targets: [Int32] = []
    var isMatched = false
    stack.append(contentsOf: source.instructions)
    if isOpen, byte.map({ !ByteTraits.isContinuation($0) }) ?? true { stack.append(program.start) }
    while let pc = stack.popLast() {
      steps += 1
      if visited[Int(pc)] { continue }
      visited[Int(pc)] = true
      touched.append(pc)
      let instruction = program.instructions[Int(pc)]
      if instruction.kind == .match { isMatched = true }
      if let target = follow(instruction, after: source.context, before: byte) {
        targets.append(target)
      }
    }
    for pc in touched { visited[Int(pc)] = false }
    touched.removeAll(keepingCapacity: true)
    let column = byte.map { Int(program.classes[Int($0)]) } ?? stride - 1
    if isMatched, question == .anywhere || byte == nil {
      table[Int(state) + column] = Transition.match
      return
    }
    guard let byte, !targets.isEmpty || isOpen else {
      table[Int(state) + column] = Transition.dead
      return
    }
    let context = PatternContext.after(byte).intersection(program.contexts)
    let next = offset(of: State(instructions: Self.canonical(targets), context: context))
    table[Int(state) + column] = next
  }

  /// Pushes what `instruction` leads to; returns the target when it consumes `byte`.
  private mutating func follow(
    _ instruction: PatternInstruction, after context: PatternContext, before byte: UInt8?
  ) -> Int32? {
    switch instruction.kind {
    case .byte:
      guard let byte, instruction.low <= byte, byte <= instruction.high else { return nil }
      return instruction.next
    case .split:
      stack.append(instruction.other)
      stack.append(instruction.next)
    case .save: stack.append(instruction.next)
    case .assertion:
      if let assertion = PatternAssertion(rawValue: instruction.low),
        assertion.holds(after: context, next: byte)
      {
        stack.append(instruction.next)
      }
    case .lookahead: preconditionFailure("an automaton cannot look ahead")
    case .match, .fail: break
    }
    return nil
  }

  /// Order means nothing to a yes or no, so states that differ only by it are one.
  private static func canonical(_ targets: [Int32]) -> [Int32] {
    var sorted = targets.sorted()
    var count = 0
    for target in sorted where count == 0 || sorted[count - 1] != target {
      sorted[count] = target
      count += 1
    }
    sorted.removeSubrange(count...)
    return sorted
  }
}
