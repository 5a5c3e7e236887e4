internal import Telemetry

/// The nine leaves side by side, to add and compare them at once; what is absent is 0.
struct LeafVector: Equatable, Sendable {
  private var lanes: SIMD16<Int64>

  static let zero = LeafVector(lanes: SIMD16(repeating: 0))

  private init(lanes: SIMD16<Int64>) { self.lanes = lanes }

  init(_ leaves: TokenLeaves) {
    var lanes = SIMD16<Int64>(repeating: 0)
    lanes[0] = leaves.input
    lanes[1] = leaves.cacheRead
    lanes[2] = leaves.cacheWrite
    lanes[3] = leaves.cacheWrite1h
    lanes[4] = leaves.audioInput
    lanes[5] = leaves.imageInput
    lanes[6] = leaves.output
    lanes[7] = leaves.reasoning
    lanes[8] = leaves.audioOutput
    self.lanes = pointwiseMax(lanes, SIMD16(repeating: 0))
  }

  /// The leaves; those of 0 are absent.
  var leaves: TokenLeaves {
    var leaves = TokenLeaves()
    for leaf in TokenLeaf.allCases where lanes[Int(leaf.rawValue)] > 0 {
      leaves[leaf] = lanes[Int(leaf.rawValue)]
    }
    return leaves
  }

  var isZero: Bool { self == .zero }

  static func + (left: LeafVector, right: LeafVector) -> LeafVector {
    LeafVector(lanes: left.lanes &+ right.lanes)
  }

  /// The difference, each leaf at least 0.
  static func - (left: LeafVector, right: LeafVector) -> LeafVector {
    LeafVector(lanes: pointwiseMax(left.lanes &- right.lanes, SIMD16(repeating: 0)))
  }

  /// The larger of each leaf.
  func union(_ other: LeafVector) -> LeafVector {
    LeafVector(lanes: pointwiseMax(lanes, other.lanes))
  }

  /// What is left of this usage beyond `covered`: leaf by leaf, and in prompt and answer no more
  /// than is left of their sums. A roll-up often does not split what its calls split, such as
  /// cached tokens; leaf by leaf alone would count those twice.
  func residual(beyond covered: LeafVector) -> LeafVector {
    var rest = self - covered
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
