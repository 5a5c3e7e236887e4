internal import Glibc

/// The C library's functions on doubles, in one place.
enum RealMath {
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  static func remainder(_ left: Double, _ right: Double) -> Double { fmod(left, right) }
  static func arcTangent(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
  static func logarithm2(_ value: Double) -> Double { log2(value) }
  static func exponential2(_ value: Double) -> Double { exp2(value) }

  /// The function of one number that the language calls `name`.
  static func named(_ name: String) -> ((Double) -> Double)? {
    switch name {
    case "abs": { $0.magnitude }
    case "acos": { acos($0) }
    case "acosh": { acosh($0) }
    case "asin": { asin($0) }
    case "asinh": { asinh($0) }
    case "atan": { atan($0) }
    case "atanh": { atanh($0) }
    case "ceil": { $0.rounded(.up) }
    case "cos": { cos($0) }
    case "cosh": { cosh($0) }
    case "deg": { $0 * 180 / .pi }
    case "exp": { exp($0) }
    case "floor": { $0.rounded(.down) }
    case "ln": { log($0) }
    case "log2": { log2($0) }
    case "log10": { log10($0) }
    case "rad": { $0 * .pi / 180 }
    case "sgn": { $0 < 0 ? -1 : ($0 > 0 ? 1 : $0) }
    case "sin": { sin($0) }
    case "sinh": { sinh($0) }
    case "sqrt": { $0.squareRoot() }
    case "tan": { tan($0) }
    case "tanh": { tanh($0) }
    default: nil
    }
  }
}
