/// What a slot counts. The first thirteen are what almost every call has; the others take memory
/// only in a second in which one of them is not zero.
package enum WindowField: Int, CaseIterable, Sendable {
  // Counts are in `EventFacts.unit`s, durations in ns, money in picodollars.
  case starts, finished, cost, input, output, cacheRead, reasoning
  case latencySum, latencyMax, latencyMin, firstTokenSum, firstTokenCount, firstTokenMax
  case errors, unavailable, laterAttempts, firstFailed, untimed, lacksUsage, unpricedTokens
  case opened, cacheHits, cacheMisses, retryWait, gateWait, queueWait, poolWait
  case cacheWrite, cacheWrite1h, audioInput, imageInput, audioOutput
  case scores, scoreSum
  /// Starts of the busiest second, of what is no longer held by seconds.
  case busiest

  /// Fields that every slot has room for.
  static let common = 13
  /// All of them.
  static let count = allCases.count

  /// Fields of which the largest counts, not the sum. The least latency is kept as `Least` makes
  /// it, so that zero, which is nothing recorded, is smaller than all.
  static let largest: UInt64 =
    1 << UInt64(latencyMax.rawValue) | 1 << UInt64(latencyMin.rawValue)
    | 1 << UInt64(firstTokenMax.rawValue) | 1 << UInt64(busiest.rawValue)
}

/// A least value kept as a largest one.
enum Least {
  private static let mirror: Int64 = 1 << 62

  static func mirrored(_ value: Int64) -> Int64 { mirror - min(value, mirror - 1) }
}

/// Values of all fields, where they lie: reading an `InlineArray` within a struct copies it whole.
@safe struct FieldView {
  // unsafe because it is used only within the call that made it.
  private let first: UnsafePointer<Int64>
  /// Which are not zero, as bits.
  let present: UInt64

  @unsafe init(first: UnsafePointer<Int64>, present: UInt64) {
    unsafe self.first = unsafe first
    self.present = present
  }

  subscript(index: Int) -> Int64 {
    @inline(__always) get { unsafe first[index] }
  }

  subscript(field: WindowField) -> Int64 {
    @inline(__always) get { unsafe first[field.rawValue] }
  }
}

/// Values of all fields.
struct FieldValues: Equatable, Sendable {
  private var values = InlineArray<35, Int64>(repeating: 0)
  /// Which are not zero, as bits.
  private(set) var present: UInt64 = 0

  init() {
    precondition(WindowField.count == 35, "room for every field")
  }

  subscript(field: WindowField) -> Int64 {
    get { values[field.rawValue] }
    set { self[field.rawValue] = newValue }
  }

  subscript(index: Int) -> Int64 {
    get { values[index] }
    set {
      values[index] = newValue
      let bit: UInt64 = 1 << UInt64(index)
      present = newValue == 0 ? present & ~bit : present | bit
    }
  }

  /// Lets `body` read the values in their place.
  @inline(__always)
  func withView<Result>(_ body: (FieldView) -> Result) -> Result {
    unsafe withUnsafePointer(to: values) { pointer in
      let raw = unsafe UnsafeRawPointer(pointer)
      return unsafe body(
        FieldView(first: raw.assumingMemoryBound(to: Int64.self), present: present))
    }
  }

  /// Joins a value into a field by the field's own rule.
  @inline(__always)
  mutating func join(_ index: Int, _ value: Int64) {
    self[index] =
      WindowField.largest >> UInt64(index) & 1 == 1
      ? max(values[index], value) : values[index] &+ value
  }

  mutating func join(_ other: FieldValues) {
    other.withView { other in
      var bits = other.present
      while bits != 0 {
        let index = bits.trailingZeroBitCount
        bits &= bits &- 1
        join(index, other[index])
      }
    }
  }

  static func == (left: FieldValues, right: FieldValues) -> Bool {
    left.present == right.present
      && WindowField.allCases.allSatisfy { left[$0] == right[$0] }
  }
}
