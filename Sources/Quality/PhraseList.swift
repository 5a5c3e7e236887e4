internal import Pattern

/// Expressions of several languages, searched for at once in folded text.
final class PhraseList {
  private let matcher: PatternMatcher

  /// A searcher for one thread. The expressions are this room's own and compile.
  init(_ pattern: BytePattern) {
    matcher = PatternMatcher(pattern)
  }

  /// The first match.
  func first(in text: [UInt8]) -> Range<Int>? {
    // unsafe because the matcher takes raw bytes; they are the text's own for the call.
    unsafe text.withUnsafeBytes { bytes in unsafe matcher.firstMatch(in: bytes) }
  }

  /// One pattern of all the expressions.
  static func pattern(_ languages: [PhraseSource]) -> BytePattern {
    let expressions = languages.flatMap(\.expressions)
    do {
      return try BytePattern(expressions.map { "(?:\($0))" }.joined(separator: "|"))
    } catch {
      preconditionFailure("the built-in phrases compile: \(error)")
    }
  }
}

/// The phrases of one language: an expression a line, in which `{name}` stands for one of the
/// words listed under that name, `{few}` and `{some}` for up to three and six words of a sentence,
/// and `{start}` for the start of a word of any script.
struct PhraseSource {
  let expressions: [String]

  /// Words are parted by white space; `_` is a blank within one.
  init(_ lines: String, words: [String: String] = [:]) {
    var replacements = [
      "{few}": "(?: [^ .!?;:]+){0,3}?", "{some}": "(?: [^ .!?;:]+){0,6}?",
      "{start}": "(?:^|[ ,;:(])",
    ]
    for (name, list) in words {
      let choices = list.split { $0 == " " || $0 == "\n" }.joined(separator: "|")
      replacements["{\(name)}"] = "(?:\(choices.replacing("_", with: " ")))"
    }
    expressions = lines.split(separator: "\n").map { line in
      replacements.reduce(String(line)) { $0.replacing($1.key, with: $1.value) }
    }
  }
}
