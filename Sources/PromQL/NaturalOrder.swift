/// Order of text in which runs of digits count as numbers.
enum NaturalOrder {
  static func precedes(_ left: String, _ right: String) -> Bool {
    let first = chunks(left)
    let second = chunks(right)
    for (mine, its) in zip(first, second) where mine != its {
      let isNumber = mine.first.map(CharacterTraits.isDigit) ?? false
      let isOtherNumber = its.first.map(CharacterTraits.isDigit) ?? false
      guard isNumber && isOtherNumber else { return mine.lexicographicallyPrecedes(its) }
      let digits = mine.drop { $0 == 0x30 }
      let otherDigits = its.drop { $0 == 0x30 }
      if digits.count != otherDigits.count { return digits.count < otherDigits.count }
      if digits != otherDigits { return digits.lexicographicallyPrecedes(otherDigits) }
      return mine.count > its.count
    }
    return first.count < second.count
  }

  private static func chunks(_ text: String) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.utf8)
    var chunks: [ArraySlice<UInt8>] = []
    var start = 0
    for index in bytes.indices.dropFirst()
    where CharacterTraits.isDigit(bytes[index]) != CharacterTraits.isDigit(bytes[index - 1]) {
      chunks.append(bytes[start..<index])
      start = index
    }
    if start < bytes.count { chunks.append(bytes[start...]) }
    return chunks
  }
}
