internal import Codec

/// Blocks of samples as the file keeps them: a byte that says how, then the block as it is or as a
/// zlib stream, where that is worth it. A stream takes some 60 µs to make and 10 µs to read.
final class SamplePacking {
  /// Shorter blocks are left as they are.
  private static let worthwhile = 48
  /// Bytes of the longest block.
  private static let limit = 64 << 20

  private var inflater = Inflater(.zlib)
  private var block: [UInt8] = []

  /// Packs a block.
  static func packed(_ block: [UInt8], with deflater: inout Deflater) -> [UInt8] {
    guard block.count >= worthwhile else { return [0] + block }
    var stream: [UInt8] = [1]
    deflater.reset()
    deflater.deflate(block, appendingTo: &stream)
    deflater.finish(appendingTo: &stream)
    return stream.count <= block.count - block.count / 16 ? stream : [0] + block
  }

  /// The samples of a packed block, or nil where it is damaged.
  func points(_ packed: [UInt8], hour: Int64) -> SamplePoints? {
    guard let form = packed.first, form <= 1 else { return nil }
    let rest = Array(packed.dropFirst())
    guard form == 1 else { return SampleBlock.points(rest, hour: hour) }
    inflater.reset(as: .fixed(.zlib))
    block.removeAll(keepingCapacity: true)
    do throws(InflateError) {
      try inflater.inflate(rest, appendingTo: &block, limit: Self.limit)
      try inflater.finish()
    } catch {
      return nil
    }
    return SampleBlock.points(block, hour: hour)
  }
}
