extension RedactionScanner {
  /// The length of `-----BEGIN`, the shortest run that may begin something.
  private static let leastCapitals = 10

  /// Looks for cards, IBANs and key headers in the run of spaces and `-` to `Z` at `position`.
  mutating func lookAtCapitals(_ text: RedactionText, around position: Int) {
    let (start, end) = text.extent(
      around: position, notBefore: capitalsDone, RedactionWord.capitals(in:))
    capitalsDone = end
    guard end - start >= Self.leastCapitals else { return }
    var index = start
    while index < end {
      let byte = text[index]
      var next = index + 1
      if RedactionByte.isDigit(byte) {
        next = lookAtDigits(text, at: index)
      } else if RedactionByte.isUpper(byte) {
        if RedactionByte.isDigit(text[index + 2]),
          !RedactionByte.isAlphanumeric(text[index - 1]),
          let length = BankAccount.length(in: text, at: index)
        {
          add(index..<(index + length), .iban)
          next = index + length
        }
      } else if byte == UInt8(ascii: "-"), Self.isBlockBegin(text, at: index) {
        next = lookAtKeyBlock(text, at: index)
      }
      index = next
    }
  }

  /// Adds the card that starts at `start`; where to go on.
  private mutating func lookAtDigits(_ text: RedactionText, at start: Int) -> Int {
    let before = text[start - 1]
    let mayStart =
      !RedactionByte.isAlphanumeric(before)
      && !(before == UInt8(ascii: ".") && RedactionByte.isDigit(text[start - 2]))
    if mayStart, PaymentCard.mayBegin(text, start), let end = PaymentCard.end(in: text, at: start) {
      add(start..<end, .card)
      return end
    }
    var end = start + 1
    while RedactionByte.isDigit(text[end]) { end += 1 }
    return end
  }

  /// `-----BEGIN `, also as in a URL.
  private static func isBlockBegin(_ text: RedactionText, at index: Int) -> Bool {
    guard text.has("-----BEGIN", at: index) else { return false }
    let space = text[index + 10]
    return space == 0x20 || space == UInt8(ascii: "+") || text.has("%20", at: index + 10)
  }

  /// A PEM block: to its end line, or to the end of a text that was cut before it.
  private mutating func lookAtKeyBlock(_ text: RedactionText, at start: Int) -> Int {
    var label = start + 11
    var isPrivate = false
    while label < text.count, label - start < 64, text[label] != UInt8(ascii: "-") {
      isPrivate =
        isPrivate || text.has("PRIVATE KEY", at: label) || text.has("PRIVATE+KEY", at: label)
        || text.has("PRIVATE%20KEY", at: label)
      label += 1
    }
    guard isPrivate else { return label }
    var end = label
    while end < text.count, !text.has("-----END", at: end) {
      end = text.first(UInt8(ascii: "-"), from: end + 1)
    }
    if end < text.count {
      end += 8
      while end < text.count, text[end] != UInt8(ascii: "-") { end += 1 }
      while text[end] == UInt8(ascii: "-") { end += 1 }
    }
    add(start..<end, .secret)
    runsDone = max(runsDone, end)
    capitalsDone = max(capitalsDone, end)
    return end
  }
}

/// Payment card numbers.
enum PaymentCard {
  static let leastDigits = 13

  /// The end of the card number, plain or grouped as on a card, that starts at `start`.
  static func end(in text: RedactionText, at start: Int) -> Int? {
    var groups = Groups()
    var index = start
    let separator = groups.read(text, from: &index)
    if groups.count == 1 {
      guard (leastDigits...19).contains(groups.lengths), isCard(groups.value, groups.lengths),
        mayEnd(text, index)
      else { return nil }
      return index
    }
    // Hyphens also join other ids, which are longer than a card.
    let isJoined =
      separator == UInt8(ascii: "-")
      && (text[start - 1] == separator && RedactionByte.isAlphanumeric(text[start - 2])
        || text[index] == separator && RedactionByte.isAlphanumeric(text[index + 1]))
    guard !isJoined else { return nil }
    return groups.endOfCard(in: text, from: start, isWhole: separator == UInt8(ascii: "-"))
  }

  /// A quick look that turns away dates, times and most counts: issuers begin with 2 to 6, and
  /// the sixth to eighth characters are digits in every grouping.
  static func mayBegin(_ text: RedactionText, _ start: Int) -> Bool {
    text[start] &- 0x32 < 5 && RedactionByte.isDigit(text[start + 5])
      && RedactionByte.isDigit(text[start + 6]) && RedactionByte.isDigit(text[start + 7])
  }

  static func mayEnd(_ text: RedactionText, _ index: Int) -> Bool {
    let next = text[index]
    return !RedactionByte.isAlphanumeric(next)
      && !(next == UInt8(ascii: ".") && RedactionByte.isDigit(text[index + 1]))
  }

  /// Digits in groups with one kind of separator between.
  private struct Groups {
    /// The lengths in decimal, so that 4-4-4-4 is 4444; the only group's length when just one.
    var lengths = 0
    var count = 0
    var value: UInt64 = 0

    mutating func read(_ text: RedactionText, from index: inout Int) -> UInt8 {
      var separator: UInt8 = 0
      while count < 5 {
        var length = 0
        while RedactionByte.isDigit(text[index + length]), length < 20 {
          value = value &* 10 &+ UInt64(text[index + length] - 0x30)
          length += 1
        }
        index += length
        lengths = count == 0 ? length : lengths * 10 + min(length, 9)
        count += 1
        let next = text[index]
        guard next == 0x20 || next == UInt8(ascii: "-"), separator == 0 || next == separator,
          RedactionByte.isDigit(text[index + 1]), length < 7
        else { break }
        separator = next
        if count < 5 { index += 1 }
      }
      return separator
    }

    /// The longest shape of a card that the groups begin with, or all are.
    func endOfCard(in text: RedactionText, from start: Int, isWhole: Bool) -> Int? {
      for (shape, groups, digits) in Self.shapes
      where isWhole ? groups == count : groups <= count {
        var head = lengths
        for _ in groups..<count { head /= 10 }
        let end = start + digits + groups - 1
        guard head == shape, PaymentCard.mayEnd(text, end) else { continue }
        var number: UInt64 = 0
        for index in start..<end where RedactionByte.isDigit(text[index]) {
          number = number &* 10 &+ UInt64(text[index] - 0x30)
        }
        if isCard(number, digits) { return end }
      }
      return nil
    }

    private static let shapes = [(44443, 5, 19), (4444, 4, 16), (465, 3, 15), (464, 3, 14)]
  }

  /// Whether an issuer gives out numbers that begin like `number`, and its check digit is right.
  static func isCard(_ number: UInt64, _ digits: Int) -> Bool {
    var head = number
    for _ in 4..<digits { head /= 10 }
    return isIssued(Int(head), digits) && hasCheckDigit(number)
  }

  private static func isIssued(_ head: Int, _ digits: Int) -> Bool {
    switch head {
    case 4000...4999: digits == 13 || digits == 16 || digits == 19
    case 5100...5599, 2221...2720: digits == 16
    case 3400...3499, 3700...3799: digits == 15
    case 3000...3059, 3600...3699, 3800...3999: digits == 14
    case 6011, 6440...6499, 6500...6599, 6200...6299, 3528...3589, 2200...2204: digits >= 16
    case 5018, 5020, 5038, 5893, 6304, 6759, 6761...6763: true
    default: false
    }
  }

  private static func hasCheckDigit(_ number: UInt64) -> Bool {
    var left = number
    var sum: UInt64 = 0
    var isDoubled = false
    while left > 0 {
      let digit = left % 10
      let doubled = digit * 2
      sum += isDoubled ? doubled / 10 + doubled % 10 : digit
      isDoubled.toggle()
      left /= 10
    }
    return sum % 10 == 0
  }
}

/// International bank account numbers.
enum BankAccount {
  /// The length in bytes of the IBAN, plain or in groups of four, at `start`.
  static func length(in text: RedactionText, at start: Int) -> Int? {
    guard RedactionByte.isLetter(text[start]), RedactionByte.isLetter(text[start + 1]),
      RedactionByte.isDigit(text[start + 3])
    else { return nil }
    let country = UInt16(text[start] & 0xDF) << 8 | UInt16(text[start + 1] & 0xDF)
    guard let characters = lengths[country] else { return nil }
    let separator = text[start + 4]
    let isGrouped = separator == 0x20 || separator == UInt8(ascii: "-")
    var remainder = 0
    var first = 0
    var index = start
    for position in 0..<characters {
      if isGrouped, position > 0, position % 4 == 0 {
        guard text[index] == separator else { return nil }
        index += 1
      }
      guard let value = value(of: text[index]) else { return nil }
      // The first four characters count last.
      if position < 4 {
        first = append(value, to: first)
      } else {
        remainder = append(value, to: remainder)
      }
      index += 1
    }
    guard !RedactionByte.isAlphanumeric(text[index]) else { return nil }
    // Two letters and two digits shift by six decimals.
    return (remainder * 1_000_000 + first) % 97 == 1 ? index - start : nil
  }

  private static func append(_ value: Int, to remainder: Int) -> Int {
    let shifted = remainder * (value > 9 ? 100 : 10) + value
    return shifted < 1_000_000 ? shifted : shifted % 97
  }

  private static func value(of byte: UInt8) -> Int? {
    if RedactionByte.isDigit(byte) { return Int(byte - 0x30) }
    return RedactionByte.isLetter(byte) ? Int((byte & 0xDF) - 0x41) + 10 : nil
  }

  private static let lengths: [UInt16: Int] = {
    let table =
      "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
      + "ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20"
      + "LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29"
      + "PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20"
      + "YE30"
    let bytes = Array(table.utf8)
    var lengths: [UInt16: Int] = [:]
    for index in stride(from: 0, to: bytes.count, by: 4) {
      let country = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
      lengths[country] = Int(bytes[index + 2] - 0x30) * 10 + Int(bytes[index + 3] - 0x30)
    }
    return lengths
  }()
}
