/// A text that must not be seen: a key, a password, a URL that lets anybody in who knows it. It is
/// printed as `…` and its last four characters, in whatever way it is printed.
package struct Secret: Equatable, Sendable {
  /// Where the text stands.
  package enum Source: Equatable, Sendable {
    /// In the configuration itself.
    case text
    /// In a variable of the environment.
    case environment(String)
    /// In a file, but for white space at its end.
    case file(String)
  }

  /// Where it was said to stand.
  package let source: Source
  private var text: String?

  /// A secret that is known.
  package init(_ text: String) {
    source = .text
    self.text = text
  }

  /// A secret that is yet to be read from `source`, which is not the text itself.
  package init(from source: Source) {
    precondition(source != .text, "a secret that stands elsewhere")
    self.source = source
    text = nil
  }

  /// Whether the text is known.
  package var isKnown: Bool { text != nil }

  /// The same secret, its text known.
  package func known(as text: String) -> Secret {
    var secret = self
    secret.text = text
    return secret
  }

  /// The text itself; it must be known.
  package var revealed: String {
    guard let text else { preconditionFailure("a secret is read before it is used") }
    return text
  }

  /// Replaces the secret wherever it stands in `other`, for texts that come from elsewhere.
  package func hidden(in other: String) -> String {
    // A word of few letters stands everywhere and hides nothing.
    guard let text, text.utf8.count >= 4 else { return other }
    return other.replacing(text, with: description)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Four characters of a short secret would be too much of it.
  private static let shortest = 12

  package var description: String {
    guard let text, text.count >= Self.shortest else { return "…" }
    return "…" + text.suffix(4)
  }

  package var debugDescription: String { description }

  /// No members, so that a dump shows none.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
