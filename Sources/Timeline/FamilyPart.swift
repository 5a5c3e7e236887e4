internal import PromQL
internal import Windows

/// What a metric name asks for of a family: the family itself, or a part of a histogram.
struct FamilyPart: Sendable {
  enum Part: String, CaseIterable, Sendable {
    case value = ""
    case bucket = "_bucket"
    case sum = "_sum"
    case count = "_count"
    /// The histogram itself.
    case native = "native"
  }

  let family: SeriesFamily
  let part: Part
  /// The metric's name.
  let name: String

  /// Every part of every family, by rising name.
  static let all: [FamilyPart] = SeriesFamily.all.flatMap { family in
    guard case .histogram = family.place else {
      return [FamilyPart(family: family, part: .value, name: family.name)]
    }
    return [Part.bucket, .sum, .count, .native].map { part in
      FamilyPart(
        family: family, part: part, name: family.name + (part == .native ? "" : part.rawValue))
    }
  }

  /// The names of all parts.
  static let names = Set(all.map(\.name))

  /// How many series a label set of the group has, and what their last label is.
  var columns: [Label?] {
    switch part {
    case .value: family.word.map { word in word.values.map { Label(word.label, $0) } } ?? [nil]
    case .bucket: family.bounds.texts.map { Label(LabelName.bucket, $0) }
    case .sum, .count, .native: [nil]
    }
  }
}

extension SeriesFamily {
  /// The bounds that a histogram is shown by.
  var bounds: HistogramBounds {
    guard case .histogram(_, let bounds) = place else {
      preconditionFailure("only histograms have bounds")
    }
    return bounds
  }

  /// The histogram's number in its group.
  var histogram: Int {
    guard case .histogram(let index, _) = place else {
      preconditionFailure("only histograms are asked for theirs")
    }
    return index
  }

  /// What a whole number of it is to be divided by.
  var divisor: Double {
    var divisor = 1.0
    for _ in 0..<decimals { divisor *= 10 }
    return divisor
  }
}
