/// Which modules each target under `Sources` may import, read from the text of the manifest because
/// the package manager lets a file import whatever happens to be built.
struct ImportTable {
  /// The rooms as `let rooms` lists them, lowest layer first.
  let rooms: [(name: String, imports: [String])]
  private let allowed: [String: Set<String>]

  private static let everywhere: Set<String> = ["Swift"]
  /// Modules that come with the toolchain or the system, and who may use them.
  private static let outside: [String: Set<String>] = [
    // PromQL needs libm's functions of real numbers, in one file.
    "Glibc": ["LinuxIO", "PromQL", "Quality", "Fuzz", "barograph-bench"],
    "Synchronization": [
      "LinuxIO", "Redaction", "Telemetry", "Money", "Windows", "History", "Serving", "Outbound",
      "Judging", "API", "Collector", "barograph", "barograph-bench",
    ],
  ]

  init(manifest: String) {
    rooms = Self.tuples(in: Self.section(of: manifest, from: "let rooms", to: "\n]"))
    var allowed: [String: Set<String>] = [:]
    for room in rooms { allowed[room.name] = Set(room.imports) }
    allowed["barograph"] = Set(
      Self.strings(in: Self.section(of: manifest, from: "let commandImports", to: "]")))
    for program in ["barograph-bench", "Fuzz"] {
      let words = Self.section(of: manifest, from: "name: \"\(program)\"", to: "]")
      allowed[program] = Set(Self.strings(in: words).dropFirst())
    }
    self.allowed = allowed
  }

  /// A message for each import the table does not allow.
  func findings(in file: SourceFile) -> [Finding] {
    guard file.path.hasPrefix("Sources/"), let target = file.target else { return [] }
    return file.findings { line in
      guard let module = Self.importedModule(line.tokens) else { return nil }
      return isAllowed(module, in: target) ? nil : "\(target) may not import \(module)"
    }
  }

  private func isAllowed(_ module: String, in target: String) -> Bool {
    Self.everywhere.contains(module) || allowed[target]?.contains(module) ?? false
      || Self.outside[module]?.contains(target) ?? false
  }

  /// The module of an import declaration; nothing for any other line.
  static func importedModule(_ tokens: [String]) -> String? {
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let"]
    let leading: Set<String> = [
      "@", "testable", "_exported", "preconcurrency", "package", "internal", "private",
      "fileprivate", "public",
    ]
    guard let keyword = tokens.firstIndex(of: "import"),
      tokens[..<keyword].allSatisfy(leading.contains)
    else { return nil }
    let words = tokens[(keyword + 1)...].drop { kinds.contains($0) || $0 == "typealias" }
    return words.first
  }
}

extension ImportTable {
  /// The text from a marker to the next end marker; empty if there is no such section, which the
  /// tests refuse.
  private static func section(of text: String, from start: String, to end: String) -> Substring {
    guard let opening = text.firstRange(of: start) else { return "" }
    let rest = text[opening.lowerBound...]
    guard let closing = rest.firstRange(of: end) else { return rest }
    return rest[..<closing.lowerBound]
  }

  private static func strings(in text: Substring) -> [String] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }

  /// `("Name", ["A", "B"])` entries. A string that follows an opening parenthesis is a name.
  private static func tuples(in text: Substring) -> [(name: String, imports: [String])] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    var tuples: [(name: String, imports: [String])] = []
    for index in parts.indices where index % 2 == 1 {
      let before = parts[index - 1]
      if before.last(where: { !$0.isWhitespace }) == "(" {
        tuples.append((String(parts[index]), []))
      } else if let last = tuples.indices.last {
        tuples[last].imports.append(String(parts[index]))
      }
    }
    return tuples
  }
}
