/// How likely groups of letters are in each of a few languages.
///
/// Most groups stand in the samples of one or two languages, so only what lifts a language above
/// the share of a group it does not have is kept: a quarter of a megabyte, which caches hold.
struct LanguageProfiles: Sendable {
  /// By how much a group is likelier in a language than one that its sample does not have.
  private struct Lift: Sendable {
    let language: Int32
    let amount: Float
  }

  private let languages: [String]
  /// The logarithm of the share of a group that a sample does not have, by language.
  private let floors: [Float]
  /// Open addresses: 32 bits of a group's hash, 24 of where its lifts begin, 8 of how many it has;
  /// 0 is empty.
  private let table: [UInt64]
  private let lifts: [Lift]
  private static let longest = 4
  /// Letters looked at: more change nothing. After so many at a time it stops when one language
  /// leads by so much.
  private static let lookedAt = 400
  private static let stage = 32
  private static let enough: Float = 32

  init(_ samples: [(language: String, text: String)]) {
    languages = samples.map(\.language)
    var counts: [UInt64: [Int: Float]] = [:]
    var totals = [Float](repeating: 0, count: samples.count)
    for (index, sample) in samples.enumerated() {
      let letters = ScriptCounts(FoldedText.bytes(of: Array(sample.text.utf8))[...]).letters
      for start in letters.indices {
        Self.forEachGroup(of: letters, at: start, before: letters.count) { key in
          counts[key, default: [:]][index, default: 0] += 1
          totals[index] += 1
        }
      }
    }
    let smoothing: Float = 0.3
    let groups = Float(counts.count)
    floors = totals.map { RealMath.logarithm(smoothing / ($0 + smoothing * groups)) }
    var size = 16
    while size < counts.count * 3 / 2 { size *= 2 }
    var table = [UInt64](repeating: 0, count: size)
    var lifts: [Lift] = []
    for (key, counts) in counts {
      let hash = Self.hash(key)
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while table[slot] != 0 { slot = (slot + 1) & (size - 1) }
      table[slot] = hash & ~0xFFFF_FFFF | UInt64(lifts.count) << 8 | UInt64(counts.count)
      for (language, count) in counts {
        let amount = RealMath.logarithm((count + smoothing) / smoothing)
        lifts.append(Lift(language: Int32(language), amount: amount))
      }
    }
    precondition(lifts.count < 1 << 24, "a place has 24 bits")
    (self.table, self.lifts) = (table, lifts)
  }

  /// The language that makes the letters likeliest; `und` below `least` letters.
  func best(for letters: [UInt32], least: Int) -> LanguageDetector.Finding {
    var sums = [Float](repeating: 0, count: languages.count)
    var known: Float = 0
    let end = min(letters.count, Self.lookedAt)
    var start = 0
    var (best, second) = (0, 0)
    while start < end {
      let stage = min(end, start + Self.stage)
      known += add(letters.span, from: start, to: stage, end: end, sums: &sums)
      start = stage
      (best, second) = leaders(sums, known)
      if lead(of: best, over: second, sums, known) > Self.enough { break }
    }
    guard letters.count(where: { $0 != 0x20 }) >= least, known > 0 else {
      return LanguageDetector.Finding(language: "und", confidence: 0)
    }
    // Groups overlap, so that each says less than its share.
    let lead = Double(lead(of: best, over: second, sums, known)) / 4
    return LanguageDetector.Finding(
      language: languages[best], confidence: 1 - 1 / (1 + max(0, lead)))
  }

  /// Adds up the lifts of the groups that begin at letters of a stage; how many are known.
  private func add(
    _ letters: Span<UInt32>, from first: Int, to last: Int, end: Int, sums: inout [Float]
  ) -> Float {
    let (table, lifts) = (table.span, lifts.span)
    var sums = sums.mutableSpan
    let mask = table.count &- 1
    var known: Float = 0
    for start in first..<last {
      var key: UInt64 = 0
      for place in start..<min(start &+ Self.longest, end) {
        key = key << 15 | UInt64(letters[place] & 0x7FFF) &+ 1
        if place == start, letters[start] == 0x20 { continue }
        let hash = Self.hash(key)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0, (table[slot] ^ hash) >> 32 != 0 { slot = (slot &+ 1) & mask }
        let entry = table[slot]
        if entry == 0 { continue }
        known += 1
        let begin = Int(entry >> 8 & 0xFF_FFFF)
        for index in begin..<(begin &+ Int(entry & 0xFF)) {
          sums[Int(lifts[index].language)] += lifts[index].amount
        }
      }
    }
    return known
  }

  /// The likeliest language and the next.
  private func leaders(_ sums: [Float], _ known: Float) -> (Int, Int) {
    var (best, second) = (0, -1)
    for index in sums.indices.dropFirst() {
      if score(index, sums, known) > score(best, sums, known) {
        (best, second) = (index, best)
      } else if second < 0 || score(index, sums, known) > score(second, sums, known) {
        second = index
      }
    }
    return (best, max(0, second))
  }

  private func lead(of best: Int, over second: Int, _ sums: [Float], _ known: Float) -> Float {
    score(best, sums, known) - score(second, sums, known)
  }

  private func score(_ index: Int, _ sums: [Float], _ known: Float) -> Float {
    sums[index] + known * floors[index]
  }

  /// The groups of one to four letters that begin at a place, blanks among them, each as one
  /// number.
  @inline(__always)
  private static func forEachGroup(
    of letters: [UInt32], at start: Int, before end: Int, _ body: (UInt64) -> Void
  ) {
    var key: UInt64 = 0
    for place in start..<min(start &+ longest, end) {
      key = key << 15 | UInt64(letters[place] & 0x7FFF) &+ 1
      if place == start, letters[start] == 0x20 { continue }
      body(key)
    }
  }

  /// Its upper half is never 0.
  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 {
    let product = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return (product.high ^ product.low) | 1 << 63
  }
}
