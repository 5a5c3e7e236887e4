/// Runs a program over a text in lock step: linear in text times program, leftmost-first.
struct PikeMachine {
  // unsafe because the text is the caller's for the length of a call; positions stay inside it.

  /// Threads in order of priority, each waiting at an instruction, with its captures.
  private struct Threads {
    var dense: [Int32] = []
    var position: [Int32] = []
    var slots: [Int] = []

    func contains(_ instruction: Int32) -> Bool {
      let index = Int(position[Int(instruction)])
      return index < dense.count && dense[index] == instruction
    }

    mutating func insert(_ instruction: Int32) {
      position[Int(instruction)] = Int32(dense.count)
      dense.append(instruction)
    }
  }

  private enum Step {
    case explore(Int32)
    case restore(slot: Int32, value: Int)
  }

  private var current = Threads()
  private var upcoming = Threads()
  private var stack: [Step] = []
  private var captures: [Int] = []
  private var slotCount = 0
  /// Per look-ahead, whether it matches at each position of the text.
  private var lookaheads: [[Bool]] = []
  /// Instructions visited since the machine was made.
  private(set) var steps = 0
  /// The slots of the last match: pairs of positions, -1 where a group took no part.
  private(set) var matched: [Int] = []

  init(instructionCount: Int) {
    current.position = [Int32](repeating: 0, count: instructionCount)
    upcoming.position = current.position
  }
}

extension PikeMachine {
  /// Whether `program` matches at or after `start`; fills the first `slotCount` of `matched`.
  /// `end` demands that the match is anchored at `start` and ends at the end of the text.
  mutating func run(
    _ program: PatternProgram, on text: UnsafeRawBufferPointer, from start: Int,
    slotCount: Int, isWhole: Bool = false
  ) -> Bool {
    self.slotCount = slotCount
    captures = [Int](repeating: -1, count: slotCount)
    let cells = program.instructions.count * slotCount
    if current.slots.count < cells {
      current.slots = [Int](repeating: -1, count: cells)
      upcoming.slots = current.slots
    }
    matched.removeAll(keepingCapacity: true)
    current.dense.removeAll(keepingCapacity: true)
    var isMatched = false
    var position = start
    while true {
      let isOpen = isWhole || program.isAnchoredAtStart ? position == start : true
      if current.dense.isEmpty {
        if isMatched || !isOpen { break }
        if !isWhole, !program.prefix.isEmpty {
          guard let next = unsafe ByteSearch.first(program.prefix, in: text, from: position)
          else { break }
          position = next
        }
      }
      if !isMatched, isOpen, unsafe Self.mayStart(at: position, start: start, in: text) {
        for slot in captures.indices { captures[slot] = -1 }
        unsafe follow(program.start, of: program, at: position, in: text)
      }
      let end = unsafe step(program, on: text, at: position, isWhole: isWhole)
      if end { isMatched = true }
      if position == text.count { break }
      position += 1
    }
    return isMatched
  }

  /// No match starts inside a character.
  private static func mayStart(
    at position: Int, start: Int, in text: UnsafeRawBufferPointer
  ) -> Bool {
    unsafe position == start || position == text.count
      || !ByteTraits.isContinuation(text[position])
  }

  /// Moves every thread over the byte at `position`; true when one of them matched there.
  private mutating func step(
    _ program: PatternProgram, on text: UnsafeRawBufferPointer, at position: Int, isWhole: Bool
  ) -> Bool {
    swap(&current, &upcoming)
    current.dense.removeAll(keepingCapacity: true)
    var isMatched = false
    let isAtEnd = position == text.count
    scan: for index in upcoming.dense.indices {
      let pc = Int(upcoming.dense[index])
      let instruction = program.instructions[pc]
      switch instruction.kind {
      case .match:
        if isWhole, !isAtEnd { continue }
        matched = Array(upcoming.slots[(pc * slotCount)..<((pc + 1) * slotCount)])
        isMatched = true
        break scan
      case .byte:
        guard !isAtEnd else { continue }
        let byte = unsafe text[position]
        guard instruction.low <= byte, byte <= instruction.high else { continue }
        for slot in 0..<slotCount { captures[slot] = upcoming.slots[pc * slotCount + slot] }
        unsafe follow(instruction.next, of: program, at: position + 1, in: text)
      case .split, .save, .assertion, .lookahead, .fail: continue
      }
    }
    return isMatched
  }

  /// Adds `first` and all that it reaches without consuming, in order of priority.
  private mutating func follow(
    _ first: Int32, of program: PatternProgram, at position: Int, in text: UnsafeRawBufferPointer
  ) {
    stack.append(.explore(first))
    while let entry = stack.popLast() {
      switch entry {
      case .restore(let slot, let value): captures[Int(slot)] = value
      case .explore(let pc):
        steps += 1
        if current.contains(pc) { continue }
        current.insert(pc)
        unsafe visit(pc, program.instructions[Int(pc)], at: position, in: text)
      }
    }
  }

  private mutating func visit(
    _ pc: Int32, _ instruction: PatternInstruction, at position: Int,
    in text: UnsafeRawBufferPointer
  ) {
    switch instruction.kind {
    case .split:
      stack.append(.explore(instruction.other))
      stack.append(.explore(instruction.next))
    case .save:
      let slot = Int(instruction.other)
      if slot < slotCount {
        stack.append(.restore(slot: instruction.other, value: captures[slot]))
        captures[slot] = position
      }
      stack.append(.explore(instruction.next))
    case .assertion:
      if unsafe Self.holds(instruction, at: position, in: text) {
        stack.append(.explore(instruction.next))
      }
    case .lookahead:
      if !lookaheads[Int(instruction.other)][position] {
        stack.append(.explore(instruction.next))
      }
    case .byte, .match:
      for slot in 0..<slotCount { current.slots[Int(pc) * slotCount + slot] = captures[slot] }
    case .fail: break
    }
  }

  private static func holds(
    _ instruction: PatternInstruction, at position: Int, in text: UnsafeRawBufferPointer
  ) -> Bool {
    guard let assertion = PatternAssertion(rawValue: instruction.low) else { return false }
    let before: PatternContext =
      unsafe position == 0 ? .textStart : .after(text[position - 1])
    let next: UInt8? = unsafe position < text.count ? text[position] : nil
    return assertion.holds(after: before, next: next)
  }
}

extension PikeMachine {
  /// Finds where each look-ahead of `program` matches, so that `run` can ask; one pass each.
  mutating func prepareLookaheads(of program: PatternProgram, on text: UnsafeRawBufferPointer) {
    lookaheads.removeAll(keepingCapacity: true)
    for lookahead in program.lookaheads {
      var machine = PikeMachine(instructionCount: lookahead.instructions.count)
      machine.lookaheads = lookaheads
      lookaheads.append(unsafe machine.matchStarts(of: lookahead, in: text))
      steps += machine.steps
    }
  }

  /// Runs a reversed program from the end: it matches wherever some match of it begins.
  private mutating func matchStarts(
    of program: PatternProgram, in text: UnsafeRawBufferPointer
  ) -> [Bool] {
    var starts = [Bool](repeating: false, count: text.count + 1)
    slotCount = 0
    for position in stride(from: text.count, through: 0, by: -1) {
      unsafe follow(program.start, of: program, at: position, in: text)
      swap(&current, &upcoming)
      current.dense.removeAll(keepingCapacity: true)
      for pc in upcoming.dense {
        let instruction = program.instructions[Int(pc)]
        if instruction.kind == .match { starts[position] = true }
        guard instruction.kind == .byte, position > 0 else { continue }
        let byte = unsafe text[position - 1]
        if instruction.low <= byte, byte <= instruction.high {
          unsafe follow(instruction.next, of: program, at: position - 1, in: text)
        }
      }
    }
    return starts
  }
}
