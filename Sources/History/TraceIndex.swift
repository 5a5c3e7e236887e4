/// How traces are found without an index on the way in: rows come in segments of `rows`, and a full
/// segment leaves behind, in the table `trace_index`, a list of small entries in `buckets` parts.
///
/// An entry is 24 bits: 10 of the trace id's hash and 14 of the row's place in its segment; five
/// more bits of the hash choose the part. The parts of one number lie side by side, so a trace is
/// looked for in a 32nd of three bytes a row: 1 MB in ten million rows, with some 300 rows that
/// are looked at in vain. Two parts fit a page. The hash is part of the file format.
enum TraceIndex {
  /// Rows of a segment: a row `id` is in segment `id / rows`.
  static let rows: Int64 = 1 << 14
  /// Parts of a segment.
  static let buckets = 1 << 5

  /// Bytes of an entry, the lowest first.
  static let entryBytes = 3

  private static let entryHashBits: UInt32 = 10
  private static let segmentBits: Int64 = 40

  /// 15 bits that stand for a trace id.
  @inline(__always)
  static func hash(_ high: UInt64, _ low: UInt64) -> UInt32 {
    let mixed = (low ^ high &* 0xC2B2_AE3D_27D4_EB4F) &* 0x9E37_79B9_7F4A_7C15
    return UInt32(truncatingIfNeeded: mixed >> 49)
  }

  /// The part that holds entries with this hash.
  static func bucket(_ hash: UInt32) -> Int { Int(hash >> entryHashBits) }

  /// The entry of a row.
  static func entry(_ hash: UInt32, row: Int64) -> UInt32 {
    (hash & (1 << entryHashBits - 1)) << 14 | UInt32(truncatingIfNeeded: row & (rows - 1))
  }

  /// The key of a part of a segment in the table.
  static func key(bucket: Int, segment: Int64) -> Int64 {
    Int64(bucket) << segmentBits | segment
  }

  /// The rows that may carry a trace with this hash, of the entries of the part with this key.
  static func matches(_ entries: [UInt8], key: Int64, hash: UInt32) -> [Int64] {
    stride(from: 0, through: entries.count - entryBytes, by: entryBytes).compactMap { offset in
      let low = UInt32(entries[offset]) | UInt32(entries[offset + 1]) << 8
      return row(low | UInt32(entries[offset + 2]) << 16, key: key, hash: hash)
    }
  }

  /// The row that `entry` of the part with this key stands for, or nil where its hash is another.
  @inline(__always)
  static func row(_ entry: UInt32, key: Int64, hash: UInt32) -> Int64? {
    guard entry >> 14 == hash & (1 << entryHashBits - 1) else { return nil }
    let segment = key & (1 << segmentBits - 1)
    return segment * rows + Int64(entry & UInt32(rows - 1))
  }
}
