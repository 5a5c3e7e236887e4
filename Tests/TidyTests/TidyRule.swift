import Testing

/// A rule of the house that looks at one file at a time.
struct TidyRule: Sendable, CustomTestStringConvertible {
  let name: String
  let findings: @Sendable (SourceFile) -> [Finding]

  var testDescription: String { name }

  static let all: [TidyRule] = [
    TidyRule(name: "file length", findings: fileLength),
    TidyRule(name: "function length", findings: functionLength),
    TidyRule(name: "line length", findings: lineLength),
    TidyRule(name: "type names", findings: typeNames),
    TidyRule(name: "banned calls", findings: bannedCalls),
    TidyRule(name: "access", findings: access),
    TidyRule(name: "notes to self", findings: notesToSelf),
    TidyRule(name: "machine paths", findings: machinePaths),
    TidyRule(name: "documented package declarations", findings: undocumented),
    TidyRule(name: "unsafe because", findings: unexplainedUnsafe),
    TidyRule(name: "unchecked concurrency", findings: unprovenConcurrency),
  ]

  static func named(_ name: String) -> TidyRule? {
    all.first { $0.name == name }
  }
}

// MARK: Lengths
extension TidyRule {
  static let fileLimit = 600
  static let functionLimit = 70
  static let lineLimit = 100

  private static func fileLength(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, !file.isGenerated, file.lines.count > fileLimit else { return [] }
    return [
      Finding(
        path: file.path, line: fileLimit + 1,
        message: "\(file.lines.count) lines, \(fileLimit) are the limit")
    ]
  }

  private static func functionLength(_ file: SourceFile) -> [Finding] {
    guard !file.isGenerated else { return [] }
    return FunctionScanner.functions(in: file).filter { $0.lineCount > functionLimit }.map {
      Finding(
        path: file.path, line: $0.line,
        message: "\($0.name) has \($0.lineCount) lines, \(functionLimit) are the limit")
    }
  }

  private static func lineLength(_ file: SourceFile) -> [Finding] {
    guard file.isSwift || file.path.hasPrefix("scripts/"), !file.isGenerated else { return [] }
    return file.findings { line in
      line.text.count > lineLimit
        ? "\(line.text.count) columns, \(lineLimit) are the limit" : nil
    }
  }
}

// MARK: Names
extension TidyRule {
  static let emptyWords: Set<String> = [
    "Core", "Common", "Shared", "Util", "Utils", "Utilities", "Manager", "Helper", "Helpers",
    "Handler", "Processor",
  ]
  private static let typeKeywords: Set<String> = [
    "struct", "class", "enum", "actor", "protocol", "typealias",
  ]

  private static func typeNames(_ file: SourceFile) -> [Finding] {
    file.findings { line in
      for (keyword, name) in zip(line.tokens, line.tokens.dropFirst())
      where typeKeywords.contains(keyword) && startsUpper(name) {
        if let last = words(of: name).last, emptyWords.contains(last) {
          return "\(name) is named \(last), which says nothing"
        }
        if name == file.target { return "\(name) is named like its module" }
      }
      return nil
    }
  }

  private static func startsUpper(_ name: String) -> Bool {
    name.first?.isUppercase ?? false
  }

  /// The capitalised words of a type name: `EventHandler` is `Event`, `Handler`.
  static func words(of name: String) -> [String] {
    name.reduce(into: []) { words, letter in
      if letter.isUppercase || words.isEmpty {
        words.append(String(letter))
      } else {
        words[words.count - 1].append(letter)
      }
    }
  }
}

// MARK: Calls and access
extension TidyRule {
  private static let printers: Set<String> = ["barograph", "barograph-bench", "Fuzz"]
  private static let sleeps: Set<String> = [
    "sleep", "usleep", "nanosleep", "clock_nanosleep", "sleepForTimeInterval",
  ]

  private static func bannedCalls(_ file: SourceFile) -> [Finding] {
    file.findings { line in
      for (index, token) in line.tokens.enumerated() {
        let next = index + 1 < line.tokens.count ? line.tokens[index + 1] : ""
        let previous = index > 0 ? line.tokens[index - 1] : ""
        // `try !isDone()` negates a result; the text tells it from `try!`.
        if token == "try" && next == "!" && line.text.contains("try!") {
          return "try! hides an error"
        }
        if token == "as" && next == "!" { return "as! hides a wrong type" }
        guard next == "(", previous != "func" else { continue }
        if token == "fatalError" { return "fatalError says no invariant: use precondition" }
        if token == "print", previous != ".", !printers.contains(file.target ?? "") {
          return "print belongs to the programs"
        }
        if file.isTest, sleeps.contains(token) { return "a test must not wait by \(token)" }
      }
      return nil
    }
  }

  private static func access(_ file: SourceFile) -> [Finding] {
    guard file.target != nil else { return [] }
    return file.findings { line in
      for word in ["public", "open", "_exported"] {
        guard let index = line.tokens.firstIndex(of: word), index + 1 < line.tokens.count,
          declarationWords.contains(line.tokens[index + 1])
        else { continue }
        return "\(word) is never used: package between targets, private by default"
      }
      return nil
    }
  }

  private static func notesToSelf(_ file: SourceFile) -> [Finding] {
    let words: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    return file.findings { line in
      let text = file.isSwift ? line.comment : line.text
      let found = text.split { !$0.isLetter }.map(String.init).first(where: words.contains)
      return found.map { "\($0): do it or open an issue" }
    }
  }

  private static func machinePaths(_ file: SourceFile) -> [Finding] {
    let prefixes = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
    return file.findings { line in
      guard let prefix = prefixes.first(where: line.text.contains) else { return nil }
      return "\(prefix) is a path of one machine"
    }
  }
}

// MARK: Reasons
extension TidyRule {
  private static let modifiers: Set<String> = [
    "package", "static", "final", "class", "mutating", "nonmutating", "borrowing", "consuming",
    "nonisolated", "override", "lazy", "weak", "unowned", "convenience", "required", "indirect",
    "isolated", "private", "fileprivate", "internal", "unsafe", "prefix", "postfix", "infix",
    "sending",
  ]
  private static let declarations: Set<String> = [
    "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias", "init",
    "subscript", "associatedtype", "macro",
  ]
  private static let declarationWords = modifiers.union(declarations).union([
    "import", "extension", "@",
  ])
  /// Witnesses that a protocol of the standard library already documents.
  private static let selfExplaining: Set<String> = [
    "=", "<", "hash", "description", "debugDescription", "next", "makeIterator", "startIndex",
    "endIndex", "testDescription", "RawValue", "Element", "Index", "rawValue",
  ]
  private static let unsafeAllowance = 5

  private static func undocumented(_ file: SourceFile) -> [Finding] {
    file.lines.indices.compactMap { index in
      guard let name = packageDeclaration(file.lines[index].tokens),
        !selfExplaining.contains(name), !isDocumented(file, before: index)
      else { return nil }
      return Finding(
        path: file.path, line: index + 1, message: "\(name) is package and has no doc comment")
    }
  }

  /// The name a line declares with `package`; nothing for any other line. The name of an operator
  /// is its first character.
  static func packageDeclaration(_ tokens: [String]) -> String? {
    var rest = tokens[...]
    var isPackage = false
    while let word = rest.first {
      if word == "@" {
        rest = rest.dropFirst(2)
        rest = afterParentheses(rest)
      } else if declarations.contains(word), word != "class" || !isModifier(rest) {
        guard isPackage else { return nil }
        return word == "init" || word == "subscript" ? word : rest.dropFirst().first
      } else if modifiers.contains(word) {
        isPackage = isPackage || word == "package" && rest.dropFirst().first != "("
        rest = afterParentheses(rest.dropFirst())
      } else {
        return nil
      }
    }
    return nil
  }

  /// Tells `class func` from `class Name`.
  private static func isModifier(_ rest: ArraySlice<String>) -> Bool {
    rest.dropFirst().first.map { declarations.contains($0) || modifiers.contains($0) } ?? false
  }

  private static func afterParentheses(_ rest: ArraySlice<String>) -> ArraySlice<String> {
    guard rest.first == "(", let end = rest.firstIndex(of: ")") else { return rest }
    return rest[(end + 1)...]
  }

  /// One comment may stand over a group of properties on consecutive lines; at the head of a type
  /// that is the comment of the type.
  private static func isDocumented(_ file: SourceFile, before index: Int) -> Bool {
    let isGrouped = isProperty(file.lines[index].tokens)
    for line in file.lines[..<index].reversed() {
      if line.tokens.first == "@" && packageDeclaration(line.tokens) == nil { continue }
      if isGrouped {
        if isProperty(line.tokens) { continue }
        if line.tokens.last == "{", line.tokens.contains(where: typeKeywords.contains) {
          return true
        }
      }
      return line.tokens.isEmpty && (line.comment.contains("///") || line.comment.contains("*/"))
    }
    return false
  }

  private static func isProperty(_ tokens: [String]) -> Bool {
    packageDeclaration(tokens) != nil && tokens.contains { $0 == "var" || $0 == "let" }
  }

  private static func unexplainedUnsafe(_ file: SourceFile) -> [Finding] {
    let marked = file.lines.indices.flatMap { index in
      file.lines[index].tokens.filter { $0 == "unsafe" }.map { _ in index }
    }
    guard marked.count > unsafeAllowance,
      !file.lines.contains(where: { $0.comment.lowercased().contains("unsafe because") })
    else { return [] }
    return [
      Finding(
        path: file.path, line: marked[0] + 1,
        message: "\(marked.count) unsafe markers and no line with \"unsafe because\"")
    ]
  }

  private static func unprovenConcurrency(_ file: SourceFile) -> [Finding] {
    file.lines.indices.compactMap { index in
      let line = file.lines[index]
      let claims = [
        ["@", "unchecked", "Sendable"], ["nonisolated", "(", "unsafe", ")"],
      ]
      guard let claim = claims.first(where: line.contains) else { return nil }
      let around = file.lines[max(0, index - 1)...min(index + 1, file.lines.count - 1)]
      guard !around.contains(where: \.isExplained) else { return nil }
      return Finding(
        path: file.path, line: index + 1,
        message: "\(claim.joined()) carries no comment with its proof beside it")
    }
  }
}
