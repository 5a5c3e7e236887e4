extension RedactionScanner {
  /// Looks for a secret's name before the `:` or `=` at `index` and redacts the value behind it.
  mutating func lookAtAssignment(_ text: RedactionText, at index: Int) {
    var end = index
    // A closing quote, perhaps escaped, and a space or two may stand between name and sign.
    while end > 0, index - end < 4, Self.mayFollowName(text[end - 1]) { end -= 1 }
    if reading == .rejected, let field = field(in: text, endingAt: end) {
      redactValue(text, after: index, field)
      return
    }
    guard detectors.contains(.secret),
      let strength = RedactionKeyword.strength(in: text, endingAt: end)
    else { return }
    let value = value(text, after: index)
    guard isSecret(text, value, strength, isLoose: isLoose(text, sign: index, value)) else {
      return
    }
    add(value.whole, .secret)
    assignmentsDone = value.whole.upperBound
  }

  /// Whether every character at hand says prose: `secret: a word`.
  private func isLoose(_ text: RedactionText, sign: Int, _ value: AssignedValue) -> Bool {
    text[sign] == UInt8(ascii: ":") && !value.isQuoted && RedactionByte.isSpace(text[sign + 1])
  }

  private func isSecret(
    _ text: RedactionText, _ value: AssignedValue, _ strength: RedactionKeyword.Strength,
    isLoose: Bool
  ) -> Bool {
    let range = value.whole
    guard !RedactionKeyword.isHarmless(text, range, markers) else { return false }
    switch strength {
    case .always: return true
    case .unlessWord:
      // Documents are only asked whether they need a walk, which knows names from prose.
      guard isLoose, reading != .document else { return true }
      return RedactionKeyword.isEvident(text, range)
    case .ifRandom: return RedactionKeyword.isRandom(text, range)
    case .unlessPath:
      return text[range.lowerBound] != UInt8(ascii: "/")
        && text[range.lowerBound] != UInt8(ascii: "~")
    }
  }

  private static func mayFollowName(_ byte: UInt8) -> Bool {
    RedactionByte.isQuote(byte) || byte == UInt8(ascii: "\\") || byte == 0x20
  }

  private mutating func redactValue(
    _ text: RedactionText, after index: Int, _ label: RedactionLabel
  ) {
    let value = value(text, after: index)
    guard !RedactionKeyword.isHarmless(text, value.whole, markers) else { return }
    add(value.whole, label)
    assignmentsDone = max(assignmentsDone, value.whole.upperBound)
  }

  /// The label of the policy's field whose name ends at `end`.
  private func field(in text: RedactionText, endingAt end: Int) -> RedactionLabel? {
    for (index, name) in fields.enumerated() where !name.isEmpty && end >= name.count {
      let start = end - name.count
      guard !RedactionByte.isToken(text[start - 1]),
        name.indices.allSatisfy({ RedactionKeyword.folded(text[start + $0]) == name[$0] })
      else { continue }
      return RedactionLabel(index: markers.count - fields.count + index)
    }
    return nil
  }
}

/// What stands behind a name and its sign.
private struct AssignedValue {
  let whole: Range<Int>
  let isQuoted: Bool
}

extension RedactionScanner {
  private mutating func value(_ text: RedactionText, after sign: Int) -> AssignedValue {
    var start = sign + 1
    while text[start] == UInt8(ascii: "=") || text[start] == UInt8(ascii: ">") { start += 1 }
    while RedactionByte.isSpace(text[start]), start - sign < 16 { start += 1 }
    var escapes = 0
    while text[start + escapes] == UInt8(ascii: "\\") { escapes += 1 }
    let quote = text[start + escapes]
    if RedactionByte.isQuote(quote) {
      let first = start + escapes + 1
      return AssignedValue(
        whole: first..<Self.endOfQuoted(text, from: first, quote, escapes), isQuoted: true)
    }
    if reading != .text, quote == UInt8(ascii: "{") || quote == UInt8(ascii: "[") {
      return AssignedValue(whole: start..<Self.endOfNested(text, from: start), isQuoted: true)
    }
    var end = endOfPlain(text, from: start)
    // `Authorization: Bearer …`: the scheme's name is not the secret.
    if text[end] == 0x20, Self.isScheme(text, start..<end) {
      end = endOfPlain(text, from: end + 1)
    }
    return AssignedValue(whole: start..<end, isQuoted: false)
  }

  private static func isScheme(_ text: RedactionText, _ range: Range<Int>) -> Bool {
    for scheme in ["bearer", "basic", "token", "digest", "apikey"] as [StaticString]
    where range.count == scheme.utf8CodeUnitCount {
      if text.hasFolded(scheme, at: range.lowerBound) { return true }
    }
    return false
  }

  /// The closing quote with as many backslashes as the opening one had, or the end of the text.
  private static func endOfQuoted(
    _ text: RedactionText, from start: Int, _ quote: UInt8, _ escapes: Int
  ) -> Int {
    var end = start
    var backslashes = 0
    while end < text.count {
      let byte = text[end]
      if byte == quote, backslashes <= escapes { return end - backslashes }
      backslashes = byte == UInt8(ascii: "\\") ? backslashes + 1 : 0
      end += 1
    }
    return end
  }

  private mutating func endOfPlain(_ text: RedactionText, from start: Int) -> Int {
    if let end = Self.endOfMarker(text, from: start) { return end }
    if start >= plainValue.lower, start < plainValue.upper { return plainValue.upper }
    var end = start
    while end < text.count, !Self.isPlainEnd(text, end) { end += 1 }
    plainValue = (start, end)
    return end
  }

  private static func isPlainEnd(_ text: RedactionText, _ index: Int) -> Bool {
    switch text[index] {
    case 0...0x20, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "&"),
      UInt8(ascii: "<"), UInt8(ascii: ">"):
      true
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ")"), UInt8(ascii: "}"),
      UInt8(ascii: "]"):
      !RedactionByte.isAlphanumeric(text[index + 1])
    case UInt8(ascii: "\\"): RedactionByte.isQuote(text[index + 1])
    default: false
    }
  }

  private static func endOfMarker(_ text: RedactionText, from start: Int) -> Int? {
    guard text.has("[redacted:", at: start) else { return nil }
    var end = start + 10
    while end < text.count, end - start < 80 {
      if text[end] == UInt8(ascii: "]") { return end + 1 }
      end += 1
    }
    return nil
  }

  /// The bracket that closes the one at `start`, or the end of the text.
  private static func endOfNested(_ text: RedactionText, from start: Int) -> Int {
    var depth = 0
    var index = start
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
      index += 1
    }
    return index
  }
}
