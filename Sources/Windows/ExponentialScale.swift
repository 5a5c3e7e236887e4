/// The buckets of base-2 exponential histograms at schema 5: 32 buckets for each doubling, each
/// 2.19 % wider than the one below, upper bound inclusive. The layout of Prometheus' native and
/// OpenTelemetry's exponential histograms.
package enum ExponentialScale {
  /// Prometheus' schema, which is OpenTelemetry's scale.
  package static let schema = 5
  /// Buckets for each doubling.
  package static let bucketsPerDoubling = 32
  /// The index of the bucket whose values all other smaller ones join, and of the one that takes
  /// all larger ones: 2⁻²⁰ to 2²⁰, in seconds from a microsecond to twelve days.
  package static let lowest = -20 * bucketsPerDoubling
  package static let highest = 20 * bucketsPerDoubling
  /// How many buckets there are between the two, both included.
  package static let count = highest - lowest + 1
  /// How far the middle of a bucket can be from a value in it, relative to the value.
  package static let relativeError = 0.011

  /// The bucket that holds `value`; the lowest for zero, negative numbers and NaN.
  ///
  /// The exponent gives the doubling, 256 steps of the mantissa where to look in it, and at most
  /// one comparison of exact bounds decides: about 2 ns.
  package static func index(of value: Double) -> Int {
    guard value > smallest else { return lowest }
    let exponent = Int(value.exponentBitPattern) - 1_023
    let mantissa = value.significand
    var step = Int(firstStep[Int(value.significandBitPattern >> 44)])
    // A 256th of a doubling is narrower than a bucket, so one further step is enough.
    if mantissa > bounds[step] { step += 1 }
    return min(exponent * bucketsPerDoubling + step, highest)
  }

  /// The largest value of a bucket.
  package static func upperBound(_ index: Int) -> Double {
    let (doubling, step) = split(index)
    return Double(sign: .plus, exponent: doubling, significand: bounds[step])
  }

  /// The value that stands for a bucket: its geometric middle, within `relativeError` of each value
  /// in it.
  package static func middle(_ index: Int) -> Double {
    let (doubling, step) = split(index)
    return Double(sign: .plus, exponent: doubling, significand: middles[step])
  }

  private static func split(_ index: Int) -> (doubling: Int, step: Int) {
    (index >> 5, index & 31)
  }

  private static let smallest = Double(sign: .plus, exponent: lowest / 32, significand: 1)

  /// 2 to the power of k/32, for k from 0 to 32, correctly rounded.
  private static let bounds: [Double] = [
    1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237, 1.0905077326652577,
    1.1143867425958924, 1.1387886347566916, 1.1637248587775775, 1.189207115002721,
    1.215247359980469, 1.241857812073484, 1.2690509571917332, 1.2968395546510096,
    1.3252366431597413, 1.3542555469368927, 1.383909881963832, 1.4142135623730951,
    1.4451808069770467, 1.4768261459394993, 1.5091644275934228, 1.5422108254079407,
    1.5759808451078865, 1.6104903319492543, 1.645755478153965, 1.681792830507429,
    1.718619298122478, 1.7562521603732995, 1.7947090750031072, 1.8340080864093424,
    1.8741676341103, 1.9152065613971474, 1.9571441241754002, 2.0,
  ]

  /// 2 to the power of (2k − 1)/64: the geometric middle of the bucket that ends at bound k.
  private static let middles: [Double] = [
    0.9892280131939755, 1.0108892860517005, 1.0330248790212284, 1.0556451783605572,
    1.0787607977571199, 1.102382583307841, 1.1265216186082418, 1.1511892299529827,
    1.1763969916502812, 1.202156731452703, 1.22848053610687, 1.255380757024691,
    1.2828700160787783, 1.3109612115247644, 1.339667524053303, 1.3690024229745905,
    1.3989796725383112, 1.42961333839197, 1.460917794180647, 1.4929077282912648,
    1.5255981507445384, 1.559004400237837, 1.593142151342267, 1.6280274218573478,
    1.6636765803267364, 1.7001063537185235, 1.7373338352737062, 1.7753764925265212,
    1.8142521755003989, 1.8539791250833855, 1.8945759815869656, 1.9360617934922943,
    1.978456026387951,
  ]

  /// The first bound that a mantissa with these eight leading bits may reach.
  private static let firstStep: [UInt8] = (0..<256).map { top in
    let least = 1 + Double(top) / 256
    return UInt8(bounds.firstIndex { least <= $0 } ?? 32)
  }
}
