internal import Glibc

// unsafe because the C library hands out its own copy of a variable, read at once.

/// How many random scenarios a model test goes through.
package enum Scenarios {
  /// `usual`, or what the variable `BAROGRAPH_SCENARIOS` asks for.
  package static func count(_ usual: Int) -> Int {
    guard let text = unsafe getenv("BAROGRAPH_SCENARIOS") else { return usual }
    return unsafe Int(String(cString: text)) ?? usual
  }
}
