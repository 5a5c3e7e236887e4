internal import Glibc

/// The C library's functions, in one place.
enum RealMath {
  static func arcSine(_ value: Double) -> Double { asin(min(1, max(-1, value))) }
  static func logarithm(_ value: Float) -> Float { logf(value) }
}
