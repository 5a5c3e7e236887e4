internal import CZlib

/// Compresses bytes, given in pieces, to a gzip, zlib or raw deflate stream.
///
/// Holds about 256 KiB; ``reset()`` makes it ready for another stream at no allocation.
@safe package struct Deflater: ~Copyable {
  // unsafe because zlib keeps the address of its stream, which therefore may not move: it is
  // allocated once, owned by this value alone, and freed in deinit. `scratch` likewise.
  private let stream: UnsafeMutablePointer<z_stream>
  private let scratch: UnsafeMutableRawBufferPointer

  private static let scratchSize = 16 * 1024

  /// `level` is zlib's: 1 is fastest, 9 is smallest.
  package init(_ format: CompressedFormat = .gzip, level: Int = 6) {
    precondition((1...9).contains(level), "zlib has the levels 1 to 9")
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe scratch = .allocate(byteCount: Self.scratchSize, alignment: 16)
    let result = unsafe deflateInit2_(
      stream, Int32(level), Z_DEFLATED, format.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(result == Z_OK, "zlib must have memory and match its header")
  }

  deinit {
    // unsafe because this value is the only owner; nothing can use the stream after it.
    _ = unsafe deflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
    unsafe scratch.deallocate()
  }

  /// Forgets the stream at hand and starts another.
  package mutating func reset() {
    let result = unsafe deflateReset(stream)
    precondition(result == Z_OK, "an initialised stream can be reset")
  }

  /// Takes all of `input`, appending to `output` what is ready.
  package mutating func deflate(
    _ input: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
  ) {
    var position = 0
    while position < input.count {
      let end = min(input.count, position + Int(UInt32.max))
      // unsafe because the slice lies within the caller's buffer, which lives for this call.
      unsafe run(
        UnsafeRawBufferPointer(rebasing: input[position..<end]), Z_NO_FLUSH, &output)
      position = end
    }
  }

  /// Takes all of `input`, appending to `output` what is ready.
  package mutating func deflate(_ input: [UInt8], appendingTo output: inout [UInt8]) {
    // unsafe because the pointer lives as long as the closure; nothing keeps it.
    unsafe input.withUnsafeBytes { unsafe deflate($0, appendingTo: &output) }
  }

  /// Appends the rest of the stream and its end; only ``reset()`` may follow.
  package mutating func finish(appendingTo output: inout [UInt8]) {
    unsafe run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, &output)
  }

  private mutating func run(
    _ input: UnsafeRawBufferPointer, _ flush: Int32, _ output: inout [UInt8]
  ) {
    // unsafe because zlib only reads through next_in (its type lacks const) and writes at most
    // avail_out bytes of the owned scratch buffer.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(input.count)
    repeat {
      unsafe stream.pointee.next_out = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_out = UInt32(scratch.count)
      let result = unsafe CZlib.deflate(stream, flush)
      precondition(result != Z_STREAM_ERROR, "a finished stream must be reset before more input")
      let made = unsafe scratch.count - Int(stream.pointee.avail_out)
      unsafe output.append(contentsOf: scratch[..<made])
    } while unsafe stream.pointee.avail_out == 0
  }
}
