internal import Telemetry

/// The nine leaves side by side, to add and compare them at once; what is absent is 0.
struct LeafVector: Equatable, Sendable {
  private var lanes: InlineArray<9, Int64>

  static let zero = LeafVector(lanes: InlineArray(repeating: 0))

  private init(lanes: InlineArray<9, Int64>) { self.lanes = lanes }

  init(_ leaves: TokenLeaves) {
    lanes = [
      max(0, leaves.input), max(0, leaves.cacheRead), max(0, leaves.cacheWrite),
      max(0, leaves.cacheWrite1h), max(0, leaves.audioInput), max(0, leaves.imageInput),
      max(0, leaves.output), max(0, leaves.reasoning), max(0, leaves.audioOutput),
    ]
  }

  /// The leaves; those of 0 are absent.
  var leaves: TokenLeaves {
    var leaves = TokenLeaves()
    for leaf in TokenLeaf.allCases where lanes[Int(leaf.rawValue)] > 0 {
      leaves[leaf] = lanes[Int(leaf.rawValue)]
    }
    return leaves
  }

  var isZero: Bool {
    var bits: Int64 = 0
    for lane in 0..<9 { bits |= lanes[lane] }
    return bits == 0
  }

  static func == (left: LeafVector, right: LeafVector) -> Bool {
    var bits: Int64 = 0
    for lane in 0..<9 { bits |= left.lanes[lane] ^ right.lanes[lane] }
    return bits == 0
  }

  mutating func add(_ other: LeafVector) {
    for lane in 0..<9 { lanes[lane] &+= other.lanes[lane] }
  }

  /// Takes off, leaving each leaf at least 0.
  mutating func subtract(_ other: LeafVector) {
    for lane in 0..<9 { lanes[lane] = max(0, lanes[lane] &- other.lanes[lane]) }
  }

  /// Becomes the larger of each leaf.
  mutating func formUnion(_ other: LeafVector) {
    for lane in 0..<9 { lanes[lane] = max(lanes[lane], other.lanes[lane]) }
  }

  /// What is left of this usage beyond `covered`: leaf by leaf, and in prompt and answer no more
  /// than is left of their sums. A roll-up often does not split what its calls split, such as
  /// cached tokens; leaf by leaf alone would count those twice.
  func residual(beyond covered: LeafVector) -> LeafVector {
    var rest = self
    rest.subtract(covered)
    rest.trim(0..<6, to: max(0, sum(0..<6) - covered.sum(0..<6)))
    rest.trim(6..<9, to: max(0, sum(6..<9) - covered.sum(6..<9)))
    return rest
  }

  private func sum(_ range: Range<Int>) -> Int64 {
    range.reduce(0) { $0 &+ lanes[$1] }
  }

  private mutating func trim(_ range: Range<Int>, to limit: Int64) {
    var excess = sum(range) - limit
    for lane in range where excess > 0 {
      let cut = min(excess, lanes[lane])
      lanes[lane] -= cut
      excess -= cut
    }
  }
}
