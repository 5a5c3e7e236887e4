/// Feeds arbitrary bytes to the JSON scanner: whatever it reads over, it reads over again the same,
/// and never beyond the end.
package enum JSONFuzz {
  // unsafe because the bytes are the fuzzer's for the length of a call, and views are of slabs
  // that live as long.

  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    let slab = ByteSlab(capacity: bytes.count + 1)
    unsafe slab.append(bytes)
    let first = end(slab, slab.count)
    precondition(first == end(slab, slab.count), "reading is a function of the bytes")
    if let first { precondition(first <= slab.count, "reading stays within the text") }
    _ = Timestamp.parse(unsafe ByteView(slab), from: 0, to: slab.count, now: 0)
    _ = UTF8Check.firstInvalid(unsafe ByteView(slab), from: 0, to: slab.count)
  }

  private static func end(_ slab: ByteSlab, _ count: Int) -> Int? {
    var scanner = JSONScanner(unsafe ByteView(slab), from: 0, to: count)
    do throws(JSONError) {
      try scanner.skipValue(depth: 0, limit: 64)
      return scanner.index
    } catch {
      precondition(error.offset <= count, "a fault lies within the text")
      return nil
    }
  }
}

/// Feeds arbitrary bytes to the reader of configurations.
package enum ConfigFuzz {
  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    do throws(ConfigSyntaxError) {
      _ = try ConfigReader.read(unsafe Array(bytes))
    } catch {
      precondition(error.line >= 1 && error.column >= 1, "a fault has a place")
    }
  }
}

/// Feeds arbitrary bytes to the inflater, whole: it never gives more than it may.
package enum InflateFuzz {
  private static let limit = 1 << 20

  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    for format in [Inflater.Format.fixed(.gzip), .fixed(.zlib), .httpDeflate] {
      var inflater = Inflater(format)
      var output: [UInt8] = []
      do throws(InflateError) {
        try unsafe inflater.inflate(bytes, appendingTo: &output, limit: limit)
        try inflater.finish()
      } catch {}
      precondition(output.count <= limit, "the limit holds")
    }
  }
}
