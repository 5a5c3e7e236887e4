/// The names whose values are secrets.
enum RedactionKeyword {
  enum Strength {
    /// Whatever the value is.
    case always
    /// Unless a plain word follows in prose.
    case unlessWord
    /// When the value looks like a secret: the name also has harmless meanings.
    case ifRandom
    /// Always, but not a path: the shell's working directory has this name.
    case unlessPath
  }

  /// The strength of the name that ends right before `end`; letters in either case, `_` and `-`
  /// ignored, any words before it.
  static func strength(in text: RedactionText, endingAt end: Int) -> Strength? {
    // Chains of comparisons, because an array here would be allocated at every colon.
    switch (text[end - 2] | 0x20, text[end - 1] | 0x20) {
    case (UInt8(ascii: "r"), UInt8(ascii: "d")):
      return ends(text, end, "password") ? .always : nil
    case (UInt8(ascii: "w"), UInt8(ascii: "d")):
      if ends(text, end, "passwd") { return .always }
      return ends(text, end, "pwd") && !RedactionByte.isLetter(text[end - 4]) ? .unlessPath : nil
    case (UInt8(ascii: "s"), UInt8(ascii: "e")):
      return ends(text, end, "passphrase") ? .always : nil
    case (UInt8(ascii: "d"), UInt8(ascii: "e")):
      return ends(text, end, "passcode") ? .always : nil
    case (UInt8(ascii: "d"), UInt8(ascii: "s")):
      return ends(text, end, "passwords") ? .always : nil
    case (UInt8(ascii: "e"), UInt8(ascii: "t")):
      return ends(text, end, "secret") ? .unlessWord : nil
    case (UInt8(ascii: "t"), UInt8(ascii: "s")):
      return ends(text, end, "secrets") ? .unlessWord : nil
    case (UInt8(ascii: "a"), UInt8(ascii: "l")):
      return ends(text, end, "credential") ? .unlessWord : nil
    case (UInt8(ascii: "l"), UInt8(ascii: "s")):
      return ends(text, end, "credentials") ? .unlessWord : nil
    case (UInt8(ascii: "o"), UInt8(ascii: "n")):
      return ends(text, end, "authorization") ? .unlessWord : nil
    case (UInt8(ascii: "e"), UInt8(ascii: "n")): return tokenStrength(text, end)
    case (UInt8(ascii: "e"), UInt8(ascii: "y")): return isKey(text, end) ? .unlessWord : nil
    default: return nil
    }
  }

  private static func tokenStrength(_ text: RedactionText, _ end: Int) -> Strength? {
    guard ends(text, end, "token") else { return nil }
    let isCredential =
      ends(text, end, "accesstoken") || ends(text, end, "authtoken")
      || ends(text, end, "refreshtoken") || ends(text, end, "idtoken")
      || ends(text, end, "sessiontoken") || ends(text, end, "bearertoken")
      || ends(text, end, "apitoken") || ends(text, end, "securitytoken")
    return isCredential ? .unlessWord : .ifRandom
  }

  private static func isKey(_ text: RedactionText, _ end: Int) -> Bool {
    ends(text, end, "key")
      && (ends(text, end, "apikey") || ends(text, end, "secretkey")
        || ends(text, end, "accesskey") || ends(text, end, "privatekey")
        || ends(text, end, "signingkey") || ends(text, end, "encryptionkey")
        || ends(text, end, "accountkey") || ends(text, end, "sharedkey")
        || ends(text, end, "authkey"))
  }

  /// Whether the name before `end` ends in `name`, skipping `_` and `-` inside it.
  private static func ends(_ text: RedactionText, _ end: Int, _ name: StaticString) -> Bool {
    var cursor = end
    var left = name.utf8CodeUnitCount
    while left > 0 {
      cursor -= 1
      let byte = text[cursor]
      if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-"), cursor < end - 1 { continue }
      left -= 1
      // unsafe because a static string is read through its pointer, within its length.
      if unsafe byte | 0x20 != name.utf8Start[left] { return false }
    }
    return true
  }

  /// Whether a value no name vouches for looks like a secret.
  static func isRandom(_ text: RedactionText, _ range: Range<Int>) -> Bool {
    guard range.count >= 8 else { return false }
    var hasDigit = false
    var hasLetter = false
    // A prefix says enough, and keeps names that follow each other from costing a square.
    for index in range.prefix(512) {
      let byte = text[index]
      guard isCredential(byte) || byte == UInt8(ascii: ":") else { return false }
      hasDigit = hasDigit || RedactionByte.isDigit(byte)
      hasLetter = hasLetter || RedactionByte.isLetter(byte)
    }
    return hasLetter && (hasDigit || range.count >= 20)
  }

  /// Whether the value after a name and a colon in prose is no plain word.
  static func isEvident(_ text: RedactionText, _ range: Range<Int>) -> Bool {
    range.count >= 16
      || range.dropLast().contains { !RedactionByte.isLetter(text[$0]) && text[$0] < 0x80 }
  }

  /// Whether `range` is a value that says nothing: a JSON literal or an earlier redaction.
  static func isHarmless(_ text: RedactionText, _ range: Range<Int>, _ markers: [[UInt8]]) -> Bool {
    for literal in ["null", "true", "false", "none", "undefined"] as [StaticString]
    where range.count == literal.utf8CodeUnitCount && text.hasFolded(literal, at: range.lowerBound)
    {
      return true
    }
    guard text.has("[redacted:", at: range.lowerBound) else { return range.isEmpty }
    return markers.contains { marker in
      marker.count == range.count
        && marker.indices.allSatisfy { text[range.lowerBound + $0] == marker[$0] }
    }
  }

  /// `[A-Za-z0-9._~+/=-]`: what a bearer token or base64 is made of.
  static func isCredential(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "="):
      true
    default: RedactionByte.isToken(byte)
    }
  }

  static func folded(_ byte: UInt8) -> UInt8 {
    RedactionByte.isUpper(byte) ? byte | 0x20 : byte
  }
}
