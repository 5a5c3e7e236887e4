/// Literal (`|`) and folded (`>`) scalars.
extension YAMLReader {
  private enum Chomping {
    case clip
    case strip
    case keep
  }

  private struct Header {
    var chomping = Chomping.clip
    /// Spaces deeper than the parent, when the header says so.
    var deeper: Int?
  }

  /// The block scalar whose `|` or `>` is at the cursor; ends at the start of the line after it.
  mutating func blockScalar(under parent: Int) throws(ConfigSyntaxError) -> ConfigNode {
    let start = cursor.place()
    let style: ConfigNode.ScalarStyle = cursor.peek() == UInt8(ascii: "|") ? .literal : .folded
    let header = try blockHeader()
    let indent: Int
    if let deeper = header.deeper {
      indent = max(parent, 0) + deeper
    } else {
      indent = try detectIndent(under: parent)
    }
    let (lines, endsWithBreak) = blockLines(at: indent)
    let bodyEnd = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
    let breaks = lines.count - bodyEnd + (bodyEnd > 0 && endsWithBreak ? 1 : 0)
    let text = body(lines[..<bodyEnd], style: style)
    let tail = tail(breaks: breaks, hasBody: bodyEnd > 0, header.chomping)
    return start.node(.scalar(text + tail, style))
  }

  private mutating func blockHeader() throws(ConfigSyntaxError) -> Header {
    var header = Header()
    var hasChomping = false
    cursor.advance()
    while true {
      switch cursor.peek() {
      case UInt8(ascii: "+") where !hasChomping: header.chomping = .keep
      case .dash where !hasChomping: header.chomping = .strip
      case UInt8(ascii: "1")...UInt8(ascii: "9") where header.deeper == nil:
        header.deeper = Int(cursor.peek() - UInt8(ascii: "0"))
        cursor.advance()
        continue
      default:
        try endHeader()
        return header
      }
      hasChomping = true
      cursor.advance()
    }
  }

  private mutating func endHeader() throws(ConfigSyntaxError) {
    cursor.skipBlanks()
    if isComment { cursor.skipLine() }
    guard cursor.isAtLineEnd else {
      throw cursor.failure(
        "text on the line of '|' or '>'",
        expected: "'+' or '-' and an indentation of 1 to 9, then a new line")
    }
    if cursor.peek() == .newline { cursor.advanceLine() }
  }

  /// The indentation of the first line with text, which is that of the whole scalar.
  private func detectIndent(under parent: Int) throws(ConfigSyntaxError) -> Int {
    var ahead = cursor
    var deepestBlank = 0
    while true {
      while ahead.peek() == .space { ahead.advance() }
      guard ahead.peek() == .newline else { break }
      deepestBlank = max(deepestBlank, ahead.indent)
      ahead.advanceLine()
    }
    if ahead.isAtEnd { deepestBlank = max(deepestBlank, ahead.indent) }
    if ahead.peek() == .tab, ahead.indent <= parent {
      throw ahead.failure("a tab in the indentation", expected: "spaces")
    }
    var reader = self
    reader.cursor = ahead
    if ahead.isAtEnd || ahead.indent <= parent || reader.isDocumentBoundary {
      return max(parent + 1, deepestBlank)
    }
    if deepestBlank > ahead.indent {
      throw ahead.failure(
        "a blank line above is deeper than this first line of text",
        expected: "\(deepestBlank) spaces, or an indentation after '|' or '>'")
    }
    return ahead.indent
  }

  /// The lines of the scalar without their indentation, and whether a newline ended the last one.
  private mutating func blockLines(at indent: Int) -> ([Range<Int>], Bool) {
    var lines: [Range<Int>] = []
    while !cursor.isAtEnd, !(indent == 0 && isDocumentBoundary) {
      var ahead = cursor
      while ahead.peek() == .space, ahead.indent < indent { ahead.advance() }
      if ahead.indent < indent, !ahead.isAtLineEnd { return (lines, true) }
      let start = ahead.offset
      ahead.skipLine()
      lines.append(start..<ahead.offset)
      cursor = ahead
      if cursor.isAtEnd { return (lines, false) }
      cursor.advanceLine()
    }
    return (lines, true)
  }
}

/// Putting the lines of a block scalar together.
extension YAMLReader {
  /// The newlines after the text.
  private func tail(breaks: Int, hasBody: Bool, _ chomping: Chomping) -> String {
    switch chomping {
    case .strip: ""
    case .clip: hasBody && breaks > 0 ? "\n" : ""
    case .keep: String(repeating: "\n", count: breaks)
    }
  }

  /// The text up to the end of its last line that is not empty.
  private func body(_ lines: ArraySlice<Range<Int>>, style: ConfigNode.ScalarStyle) -> String {
    var text = ""
    var breaks = 0
    var previous: Range<Int>?
    for line in lines {
      if line.isEmpty {
        breaks += 1
        continue
      }
      if let previous {
        let folds = style == .folded && !isMoreIndented(previous) && !isMoreIndented(line)
        let newlines = folds ? breaks : breaks + 1
        text += newlines == 0 ? " " : String(repeating: "\n", count: newlines)
      } else {
        text += String(repeating: "\n", count: breaks)
      }
      text += cursor.text(line)
      breaks = 0
      previous = line
    }
    return text
  }

  private func isMoreIndented(_ line: Range<Int>) -> Bool {
    guard let first = cursor.bytes[line].first else { return false }
    return first == .space || first == .tab
  }
}
