/// What follows a known prefix for it to be a secret.
private struct SecretShape {
  enum Alphabet {
    /// `[A-Za-z0-9]`
    case alphanumeric
    /// `[A-Za-z0-9_-]`
    case token
    /// `[A-Za-z0-9_-]`, with a digit in a long part or one very long part: no compound word.
    case randomToken
  }

  let prefix: StaticString
  let least: Int
  let alphabet: Alphabet

  init(_ prefix: StaticString, _ least: Int, _ alphabet: Alphabet) {
    self.prefix = prefix
    self.least = least
    self.alphabet = alphabet
  }

  static let s = [
    SecretShape("sk-ant-", 8, .token), SecretShape("sk-proj-", 8, .token),
    SecretShape("sk-svcacct-", 8, .token), SecretShape("sk-admin-", 8, .token),
    SecretShape("sk-or-v1-", 8, .token), SecretShape("sk_live_", 8, .alphanumeric),
    SecretShape("sk_test_", 8, .alphanumeric), SecretShape("sk-", 12, .randomToken),
  ]
  static let g = [
    SecretShape("ghp_", 16, .alphanumeric), SecretShape("gho_", 16, .alphanumeric),
    SecretShape("ghu_", 16, .alphanumeric), SecretShape("ghs_", 16, .alphanumeric),
    SecretShape("ghr_", 16, .alphanumeric), SecretShape("github_pat_", 16, .token),
    SecretShape("gsk_", 16, .alphanumeric), SecretShape("glpat-", 12, .token),
  ]
  static let a = [SecretShape("AIza", 30, .token)]
  static let h = [SecretShape("hf_", 16, .alphanumeric)]
  static let n = [SecretShape("npm_", 20, .alphanumeric), SecretShape("nvapi-", 16, .token)]
  static let r = [
    SecretShape("rk_live_", 8, .alphanumeric), SecretShape("rk_test_", 8, .alphanumeric),
  ]
  static let w = [SecretShape("whsec_", 12, .alphanumeric)]
  static let x = [SecretShape("xapp-", 12, .randomToken), SecretShape("xai-", 16, .alphanumeric)]
  static let capitalG = [SecretShape("GOCSPX-", 12, .token)]
  static let b = [SecretShape("baro_", 16, .alphanumeric)]
  static let d = [SecretShape("dop_v1_", 16, .alphanumeric)]
  static let l = [SecretShape("lsv2_pt_", 16, .token), SecretShape("lsv2_sk_", 16, .token)]
  static let p = [SecretShape("pplx-", 16, .alphanumeric), SecretShape("pypi-AgE", 16, .token)]
  static let y = [SecretShape("ya29.", 16, .token)]
}

extension RedactionScanner {
  /// Looks for tokens in the run of bytes from `-` to DEL that holds `position`.
  mutating func lookAtRun(_ text: RedactionText, around position: Int) {
    let (start, end) = text.extent(
      around: position, notBefore: runsDone, RedactionWord.runs(in:))
    runsDone = end
    guard end - start >= Self.leastRun, !detectors.isDisjoint(with: [.secret, .iban]) else {
      return
    }
    lookAtScheme(text, before: start)
    var covered = lookAtPrefix(text, at: start)
    var cursor = start
    while cursor < end {
      var separators = RedactionWord.separators(in: text.word(at: cursor))
      while separators != 0 {
        let separator = cursor + separators.trailingZeroBitCount / 8
        separators &= separators - 1
        guard separator < end else { break }
        if separator + 1 >= covered {
          covered = max(covered, lookAtPrefix(text, at: separator + 1))
        }
        // An escape of an inner document: the letter belongs to the backslash.
        if text[separator] == UInt8(ascii: "\\"), separator + 2 >= covered {
          covered = max(covered, lookAtPrefix(text, at: separator + 2))
        }
      }
      cursor += 8
    }
  }

  /// Adds the secret whose known prefix stands at `start`; its end, or `start` when there is none.
  private mutating func lookAtPrefix(_ text: RedactionText, at start: Int) -> Int {
    if RedactionByte.isDigit(text[start + 2]), RedactionByte.isDigit(text[start + 3]),
      let length = BankAccount.length(in: text, at: start)
    {
      add(start..<start + length, .iban)
      return start + length
    }
    let end: Int?
    switch text[start] {
    case UInt8(ascii: "s"): end = self.end(of: SecretShape.s, text, at: start)
    case UInt8(ascii: "g"): end = self.end(of: SecretShape.g, text, at: start)
    case UInt8(ascii: "h"): end = self.end(of: SecretShape.h, text, at: start)
    case UInt8(ascii: "n"): end = self.end(of: SecretShape.n, text, at: start)
    case UInt8(ascii: "r"): end = self.end(of: SecretShape.r, text, at: start)
    case UInt8(ascii: "w"): end = self.end(of: SecretShape.w, text, at: start)
    case UInt8(ascii: "x"):
      end = endOfSlackToken(text, at: start) ?? self.end(of: SecretShape.x, text, at: start)
    case UInt8(ascii: "A"):
      end = Self.endOfAccessKey(text, at: start) ?? self.end(of: SecretShape.a, text, at: start)
    case UInt8(ascii: "G"): end = self.end(of: SecretShape.capitalG, text, at: start)
    case UInt8(ascii: "b"): end = self.end(of: SecretShape.b, text, at: start)
    case UInt8(ascii: "d"): end = self.end(of: SecretShape.d, text, at: start)
    case UInt8(ascii: "l"): end = self.end(of: SecretShape.l, text, at: start)
    case UInt8(ascii: "p"): end = self.end(of: SecretShape.p, text, at: start)
    case UInt8(ascii: "y"): end = self.end(of: SecretShape.y, text, at: start)
    case UInt8(ascii: "S"): end = endOfDotted(text, at: start, "SG.", first: 12, second: 12)
    case UInt8(ascii: "e"): end = endOfDotted(text, at: start, "eyJ", first: 8, second: 4)
    default: end = nil
    }
    guard let end else { return start }
    add(start..<end, .secret)
    return end
  }

  private mutating func end(of shapes: [SecretShape], _ text: RedactionText, at start: Int) -> Int?
  {
    for shape in shapes where text.has(shape.prefix, at: start) {
      let tail = start + shape.prefix.utf8CodeUnitCount
      let end = endOfTail(text, from: tail, shape.alphabet == .alphanumeric)
      guard end - tail >= shape.least else { continue }
      if shape.alphabet == .randomToken, !Self.isRandom(text, tail..<end) { continue }
      return end
    }
    return nil
  }

  private mutating func endOfTail(
    _ text: RedactionText, from start: Int, _ isAlphanumeric: Bool
  ) -> Int {
    // Prefixes in a row share one tail, whose end is looked for once.
    if isAlphanumeric {
      if start >= alphanumericTail.lower, start < alphanumericTail.upper {
        return alphanumericTail.upper
      }
      var end = start
      while RedactionByte.isAlphanumeric(text[end]) { end += 1 }
      alphanumericTail = (start, end)
      return end
    }
    if start >= tokenTail.lower, start < tokenTail.upper { return tokenTail.upper }
    var end = start
    while RedactionByte.isToken(text[end]) { end += 1 }
    tokenTail = (start, end)
    return end
  }

  /// A part of ten with a digit, or a part of twenty: what no compound of words has.
  private static func isRandom(_ text: RedactionText, _ range: Range<Int>) -> Bool {
    var length = 0
    var hasDigit = false
    for index in range.prefix(256) {
      let byte = text[index]
      guard RedactionByte.isAlphanumeric(byte) else {
        length = 0
        hasDigit = false
        continue
      }
      length += 1
      hasDigit = hasDigit || RedactionByte.isDigit(byte)
      if length >= 20 || length >= 10 && hasDigit { return true }
    }
    return false
  }

  /// `xoxb-…`: any letter, then digits and letters in parts.
  private mutating func endOfSlackToken(_ text: RedactionText, at start: Int) -> Int? {
    guard text.has("xox", at: start), text[start + 4] == UInt8(ascii: "-") else { return nil }
    let end = endOfTail(text, from: start + 5, false)
    let hasDigit = (start + 5..<end).prefix(64).contains { RedactionByte.isDigit(text[$0]) }
    return end - start >= 15 && hasDigit ? end : nil
  }

  /// `AKIA…`: sixteen capitals and digits, and then no more.
  private static func endOfAccessKey(_ text: RedactionText, at start: Int) -> Int? {
    let isKnown =
      text.has("AKIA", at: start) || text.has("ASIA", at: start) || text.has("ABIA", at: start)
      || text.has("ACCA", at: start)
    guard isKnown else { return nil }
    let end = start + 20
    for index in (start + 4)..<end {
      guard RedactionByte.isUpper(text[index]) || RedactionByte.isDigit(text[index]) else {
        return nil
      }
    }
    return RedactionByte.isAlphanumeric(text[end]) ? nil : end
  }

  /// Parts with a dot between: JSON web tokens and SendGrid keys. Further parts belong to it.
  private mutating func endOfDotted(
    _ text: RedactionText, at start: Int, _ prefix: StaticString, first: Int, second: Int
  ) -> Int? {
    guard text.has(prefix, at: start) else { return nil }
    let tail = start + prefix.utf8CodeUnitCount
    var end = endOfTail(text, from: tail, false)
    guard end - tail >= first, text[end] == UInt8(ascii: ".") else { return nil }
    let secondStart = end + 1
    end = endOfTail(text, from: secondStart, false)
    guard end - secondStart >= second else { return nil }
    while text[end] == UInt8(ascii: "."), RedactionByte.isToken(text[end + 1]) {
      end = endOfTail(text, from: end + 1, false)
    }
    return end
  }

  /// `Bearer <token>` and `Basic <base64>` when the token starts at `start`.
  private mutating func lookAtScheme(_ text: RedactionText, before start: Int) {
    guard text[start - 1] == 0x20 else { return }
    let isScheme =
      text.hasFolded("bearer", at: start - 7) || text.hasFolded("basic", at: start - 6)
    guard isScheme else { return }
    var end = start
    var hasDigit = false
    var hasInnerUpper = false
    while RedactionKeyword.isCredential(text[end]) {
      hasDigit = hasDigit || RedactionByte.isDigit(text[end])
      hasInnerUpper = hasInnerUpper || end > start && RedactionByte.isUpper(text[end])
      end += 1
    }
    let isToken = hasDigit || hasInnerUpper || text[end - 1] == UInt8(ascii: "=")
    if isToken || end - start >= 32 { add(start..<end, .secret) }
  }
}
