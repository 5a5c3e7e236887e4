/// How far a judge agrees with people on the same items.
package struct Agreement: Equatable, Sendable {
  /// How often each pair of answers was given.
  package struct Cell: Equatable, Sendable {
    package let human: String
    package let judge: String
    package let count: Int
  }

  /// The items both have answered.
  package let count: Int
  /// The share of equal answers.
  package let agreement: Double
  /// Cohen's kappa: agreement beyond chance, 1 at most; nil where chance alone would agree always.
  package let kappa: Double?
  /// Kappa with quadratic weights, for answers on a scale; nil for categories or as above.
  package let weightedKappa: Double?
  /// The mean of judge minus human, and of its magnitude; nil for categories.
  package let bias: Double?
  package let meanError: Double?
  /// The answers of both, as text, in order; and the pairs that came, by human, then judge.
  package let answers: [String]
  package let confusion: [Cell]

  /// Of pairs of answers; nil when there are none. Numbers and booleans are on a scale (false 0,
  /// true 1), categories are not; one category makes all answers categories.
  package init?(_ pairs: [(human: ScoreValue, judge: ScoreValue)]) {
    guard !pairs.isEmpty else { return nil }
    let scale = pairs.map { (Self.number($0.human), Self.number($0.judge)) }
    let isScale = scale.allSatisfy { $0.0 != nil && $0.1 != nil }
    let texts = pairs.map { (Self.text($0.human), Self.text($0.judge)) }
    let numbers = scale.map { ($0.0 ?? 0, $0.1 ?? 0) }
    var order = Set(texts.flatMap { [$0.0, $0.1] }).sorted()
    if isScale { order.sort { (Double($0) ?? 0) < (Double($1) ?? 0) } }
    count = pairs.count
    answers = order
    confusion = Self.confusion(texts, order)
    agreement = Double(texts.count { $0.0 == $0.1 }) / Double(pairs.count)
    kappa = Self.kappa(texts)
    weightedKappa = isScale ? Self.weightedKappa(numbers) : nil
    let total = Double(pairs.count)
    bias = isScale ? numbers.reduce(0) { $0 + $1.1 - $1.0 } / total : nil
    meanError = isScale ? numbers.reduce(0) { $0 + abs($1.1 - $1.0) } / total : nil
  }

  private static func number(_ value: ScoreValue) -> Double? {
    switch value {
    case .number(let number): number
    case .boolean(let flag): flag ? 1 : 0
    case .category: nil
    }
  }

  private static func text(_ value: ScoreValue) -> String {
    switch value {
    case .number(let number): JSONNumber.text(number)
    case .boolean(let flag): flag ? "1" : "0"
    case .category(let word): word
    }
  }

  private static func confusion(_ texts: [(String, String)], _ order: [String]) -> [Cell] {
    let places = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
    var counts: [SIMD2<Int>: Int] = [:]
    for (human, judge) in texts {
      guard let left = places[human], let right = places[judge] else { continue }
      counts[SIMD2(left, right), default: 0] += 1
    }
    return counts.sorted { ($0.key.x, $0.key.y) < ($1.key.x, $1.key.y) }.map {
      Cell(human: order[$0.key.x], judge: order[$0.key.y], count: $0.value)
    }
  }

  /// One minus the disagreement seen over the one that chance would bring.
  private static func kappa(_ texts: [(String, String)]) -> Double? {
    let total = Double(texts.count)
    var (left, right): ([String: Double], [String: Double]) = ([:], [:])
    for (human, judge) in texts {
      left[human, default: 0] += 1 / total
      right[judge, default: 0] += 1 / total
    }
    let seen = Double(texts.count { $0.0 != $0.1 }) / total
    let expected = 1 - left.reduce(0) { $0 + $1.value * (right[$1.key] ?? 0) }
    return expected > 1e-12 ? 1 - seen / expected : nil
  }

  /// The same with the square of the distance as weight; chance's share by the moments.
  private static func weightedKappa(_ pairs: [(Double, Double)]) -> Double? {
    let total = Double(pairs.count)
    let seen = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / total
    let squares = pairs.reduce(0) { $0 + $1.0 * $1.0 + $1.1 * $1.1 } / total
    let (left, right) = (Figures.mean(pairs.map(\.0)), Figures.mean(pairs.map(\.1)))
    let expected = squares - 2 * left * right
    return expected > 1e-12 ? 1 - seen / expected : nil
  }
}
