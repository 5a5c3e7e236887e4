extension PatternMatcher {
  // unsafe because the text is the caller's for the length of a call and ranges lie inside it.

  /// Appends `template` with `$1`, `${1}`, `$name`, `${name}` replaced by the groups in
  /// `captures` and `$$` by `$`. A bare name is as long as letters, digits and `_` go; unknown
  /// names and groups that took no part are empty; a `$` before anything else stays.
  package func expand(
    _ template: [UInt8], captures: [Range<Int>?], of text: UnsafeRawBufferPointer,
    into output: inout [UInt8]
  ) {
    var index = 0
    while index < template.count {
      guard template[index] == UInt8(ascii: "$") else {
        output.append(template[index])
        index += 1
        continue
      }
      if index + 1 < template.count, template[index + 1] == UInt8(ascii: "$") {
        output.append(UInt8(ascii: "$"))
        index += 2
      } else if let (name, end) = Self.reference(in: template, at: index) {
        if let group = group(for: template[name]), group < captures.count,
          let range = captures[group]
        {
          unsafe output.append(contentsOf: text[range])
        }
        index = end
      } else {
        output.append(UInt8(ascii: "$"))
        index += 1
      }
    }
  }

  /// Appends `text` with every match replaced by the expanded `template`; the number of matches.
  /// Cost: each match is found by a linear search from the end of the one before it.
  package func replaceAll(
    in text: UnsafeRawBufferPointer, with template: [UInt8], into output: inout [UInt8]
  ) -> Int {
    var copied = 0
    var position = 0
    var count = 0
    var lastEnd = -1
    while position <= text.count {
      guard let found = unsafe captures(in: text, from: position), let match = found[0] else {
        break
      }
      // An empty match right behind the previous one is not another match.
      if !match.isEmpty || match.lowerBound != lastEnd {
        unsafe output.append(contentsOf: text[copied..<match.lowerBound])
        unsafe expand(template, captures: found, of: text, into: &output)
        copied = match.upperBound
        lastEnd = match.upperBound
        count += 1
      }
      position = match.upperBound
      if match.isEmpty { unsafe Self.skipCharacter(in: text, &position) }
    }
    unsafe output.append(contentsOf: text[copied...])
    return count
  }

  private static func skipCharacter(
    in text: UnsafeRawBufferPointer, _ position: inout Int
  ) {
    position += 1
    while position < text.count, unsafe ByteTraits.isContinuation(text[position]) {
      position += 1
    }
  }

  private static func reference(
    in template: [UInt8], at dollar: Int
  ) -> (name: Range<Int>, end: Int)? {
    var start = dollar + 1
    let isBraced = start < template.count && template[start] == UInt8(ascii: "{")
    if isBraced { start += 1 }
    var end = start
    while end < template.count, ByteTraits.isWord(template[end]) { end += 1 }
    guard end > start else { return nil }
    guard isBraced else { return (start..<end, end) }
    guard end < template.count, template[end] == UInt8(ascii: "}") else { return nil }
    return (start..<end, end + 1)
  }

  private func group(for name: ArraySlice<UInt8>) -> Int? {
    if name.allSatisfy({ (0x30...0x39).contains($0) }) {
      // Longer numbers name no group, and would not fit an Int.
      return name.count <= 6 ? name.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
    }
    return pattern.groupNames.firstIndex { $0.map { $0.utf8.elementsEqual(name) } ?? false }
  }
}
