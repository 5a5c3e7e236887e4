/// Finds the bodies of functions, initialisers, subscripts and computed properties by matching
/// braces.
struct FunctionScanner {
  struct Function: Equatable {
    let name: String
    let line: Int
    let lineCount: Int
  }

  private struct Word {
    let text: String
    let line: Int
  }

  private static let callables: Set<String> = ["func", "init", "deinit", "subscript", "var"]
  private static let others: Set<String> = [
    "let", "struct", "class", "enum", "actor", "extension", "protocol", "if", "guard", "for",
    "while", "repeat", "switch", "do", "else", "catch", "return", "case", "default", "defer",
    "import", "typealias", "get", "set",
  ]

  /// In order of their ends.
  static func functions(in file: SourceFile) -> [Function] {
    var functions: [Function] = []
    var open: [Word?] = []
    var header: [Word] = []
    for (index, line) in file.lines.enumerated() {
      for token in line.tokens {
        switch token {
        case "{":
          open.append(declaration(in: header))
          header = []
        case "}":
          if let start = open.popLast() ?? nil {
            functions.append(
              Function(name: start.text, line: start.line, lineCount: index + 2 - start.line))
          }
          header = []
        default: header.append(Word(text: token, line: index + 1))
        }
      }
    }
    return functions
  }

  /// The callable that the words before an opening brace declare: their last keyword outside
  /// parentheses decides. Its text is the name.
  private static func declaration(in header: [Word]) -> Word? {
    var depth = 0
    var found: Int?
    for (index, word) in header.enumerated() {
      switch word.text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case _ where depth > 0: continue
      case "=" where found.map { header[$0].text } == "var": found = nil
      case let text where callables.contains(text):
        let isMember = index > 0 && header[index - 1].text == "."
        if !isMember { found = index }
      case let text where others.contains(text): found = nil
      default: continue
      }
    }
    guard let found else { return nil }
    let keyword = header[found]
    let isNamed = keyword.text == "func" || keyword.text == "var"
    let name = isNamed && found + 1 < header.count ? header[found + 1].text : keyword.text
    return Word(text: name, line: keyword.line)
  }
}
