extension Redactor {
  /// Appends `json` with every hit in keys, strings and numbers replaced, and the values of
  /// secret names and of the policy's fields; `false` when there is none.
  ///
  /// `json` is one valid value, or members joined by commas. What comes out is valid JSON of the
  /// same shape: only strings and numbers change, into strings.
  package mutating func redact(
    json bytes: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) -> Bool {
    let text = unsafe RedactionText(bytes)
    guard needsWalk(text) else { return false }
    let start = output.count
    var walk = JSONRedaction(text: text)
    walk.run(&self, into: &output)
    guard walk.isChanged else { return false }
    // Expressions may match markers, so with them one walk has to do.
    guard policy.expressions.isEmpty else { return true }
    unsafe settle(&output, from: start) { redactor, bytes, again in
      var walk = unsafe JSONRedaction(text: RedactionText(bytes))
      walk.run(&redactor, into: &again)
      return walk.isChanged
    }
    return true
  }

  /// Whether anything in the document may be a hit, at the cost of one fast pass.
  private mutating func needsWalk(_ text: RedactionText) -> Bool {
    // An expression may be anchored to its string, and a field may have any name.
    guard policy.expressions.isEmpty, policy.fields.isEmpty else { return true }
    if scanner.scan(text, as: .document) { return !scanner.hits.isEmpty }
    shadow.read(text, keepingOrigins: false)
    repeat {
      // unsafe because the scanner takes raw bytes; they are the shadow's own, which the scanner
      // does not touch.
      unsafe shadow.bytes.withUnsafeBytes { bytes in
        _ = unsafe scanner.scan(RedactionText(bytes), as: .rejected)
      }
      if !scanner.hits.isEmpty { return true }
    } while shadow.readOn()
    return false
  }
}

/// One walk over the tokens of a document.
private struct JSONRedaction {
  let text: RedactionText
  private var copied = 0
  private var depth = 0
  private var pending: Forced?
  private var inherited: (forced: Forced, depth: Int)?
  private(set) var isChanged = false

  /// Why a value is replaced whatever it says.
  private struct Forced {
    let label: RedactionLabel
    let strength: RedactionKeyword.Strength
  }

  init(text: RedactionText) {
    self.text = text
  }

  mutating func run(_ redactor: inout Redactor, into output: inout [UInt8]) {
    var index = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""): index = takeString(at: index, &redactor, into: &output)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if let pending, inherited == nil, pending.strength != .ifRandom {
          inherited = (pending, depth)
        }
        pending = nil
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let inherited, inherited.depth == depth { self.inherited = nil }
        depth -= 1
        index += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        index = takeNumber(at: index, &redactor, into: &output)
      case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
        while RedactionByte.isLetter(text[index]) { index += 1 }
        pending = nil
      default: index += 1
      }
    }
    if isChanged { text.append(copied..<text.count, to: &output) }
  }

  private mutating func takeString(
    at start: Int, _ redactor: inout Redactor, into output: inout [UInt8]
  ) -> Int {
    var end = start + 1
    var hasEscapes = false
    while end < text.count, text[end] != UInt8(ascii: "\"") {
      let isEscape = text[end] == UInt8(ascii: "\\")
      hasEscapes = hasEscapes || isEscape
      end += isEscape ? 2 : 1
    }
    end = min(end, text.count)
    var next = end + 1
    while RedactionByte.isSpace(text[next]) { next += 1 }
    let isKey = text[next] == UInt8(ascii: ":")
    let content = start + 1..<end
    if isKey {
      pending = redactor.forced(text[content], hasEscapes).map {
        Forced(label: $0.label, strength: $0.strength)
      }
    } else if let forced = inherited?.forced ?? pending {
      pending = nil
      if Self.isReplaced(text, content, forced, redactor.markers) {
        replace(content, forced.label, &redactor, into: &output)
        return end + 1
      }
    }
    let slice = text[content]
    let isHit = hasEscapes ? redactor.findThroughEscapes(in: slice) : redactor.find(in: slice)
    if isHit {
      for hit in redactor.scanner.hits {
        replace(
          start + 1 + hit.lower..<start + 1 + hit.upper, hit.label, &redactor, into: &output)
      }
    }
    return end + 1
  }

  private static func isReplaced(
    _ text: RedactionText, _ content: Range<Int>, _ forced: Forced, _ markers: [[UInt8]]
  ) -> Bool {
    guard !RedactionKeyword.isHarmless(text, content, markers) else { return false }
    switch forced.strength {
    case .always, .unlessWord: return true
    case .ifRandom: return RedactionKeyword.isRandom(text, content)
    case .unlessPath:
      let first = text[content.lowerBound]
      return first != UInt8(ascii: "/") && first != UInt8(ascii: "~")
    }
  }

  private mutating func takeNumber(
    at start: Int, _ redactor: inout Redactor, into output: inout [UInt8]
  ) -> Int {
    var end = start + 1
    while isNumber(text[end]) { end += 1 }
    let forced = inherited?.forced ?? pending
    pending = nil
    if let forced, forced.strength != .ifRandom {
      replaceNumber(start..<end, forced.label, &redactor, into: &output)
    } else if end - start >= PaymentCard.leastDigits || !redactor.policy.expressions.isEmpty,
      redactor.find(in: text[start..<end]),
      let hit = redactor.scanner.hits.first
    {
      replaceNumber(start..<end, hit.label, &redactor, into: &output)
    }
    return end
  }

  private func isNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private mutating func replaceNumber(
    _ range: Range<Int>, _ label: RedactionLabel, _ redactor: inout Redactor,
    into output: inout [UInt8]
  ) {
    text.append(copied..<range.lowerBound, to: &output)
    output.append(UInt8(ascii: "\""))
    copied = range.lowerBound
    replace(range, label, &redactor, into: &output)
    output.append(UInt8(ascii: "\""))
  }

  private mutating func replace(
    _ range: Range<Int>, _ label: RedactionLabel, _ redactor: inout Redactor,
    into output: inout [UInt8]
  ) {
    text.append(copied..<range.lowerBound, to: &output)
    redactor.appendMarker(label, to: &output)
    redactor.counts.add(label)
    copied = range.upperBound
    isChanged = true
  }
}

extension Redactor {
  /// Why the value of the member called `name` is replaced whatever it says.
  fileprivate mutating func forced(
    _ name: RedactionText, _ hasEscapes: Bool
  ) -> (label: RedactionLabel, strength: RedactionKeyword.Strength)? {
    guard hasEscapes else { return forced(name) }
    shadow.read(name, keepingOrigins: false)
    // unsafe because names are read as raw bytes; they are the shadow's own, unchanged meanwhile.
    return unsafe shadow.bytes.withUnsafeBytes { unsafe forced(RedactionText($0)) }
  }

  private func forced(
    _ name: RedactionText
  ) -> (label: RedactionLabel, strength: RedactionKeyword.Strength)? {
    for (index, field) in scanner.fields.enumerated() where field.count == name.count {
      if field.indices.allSatisfy({ RedactionKeyword.folded(name[$0]) == field[$0] }) {
        return (RedactionLabel(index: markers.count - scanner.fields.count + index), .always)
      }
    }
    guard policy.detectors.contains(.secret),
      let strength = RedactionKeyword.strength(in: name, endingAt: name.count)
    else { return nil }
    return (.secret, strength)
  }
}
