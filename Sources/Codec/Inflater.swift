internal import CZlib

/// Turns a gzip, zlib or raw deflate stream, arriving in pieces, back into the original bytes.
///
/// Holds about 44 KiB once used; ``reset(as:)`` makes it ready for another stream at no allocation.
@safe package struct Inflater: ~Copyable {
  /// How the stream is wrapped.
  package enum Format: Sendable, Equatable {
    /// One wrapping, known beforehand.
    case fixed(CompressedFormat)
    /// HTTP's `deflate`: zlib by the standard, raw from some senders; the first bytes tell.
    case httpDeflate
  }

  /// What one call did.
  package struct Progress: Equatable, Sendable {
    /// Bytes taken from the front of the input.
    package let consumed: Int
    /// Bytes written to the front of the output.
    package let produced: Int
  }

  /// Compressed bytes taken since the start or the last reset.
  package private(set) var consumed = 0
  /// Inflated bytes given since the start or the last reset.
  package private(set) var produced = 0

  // unsafe because zlib keeps the address of its stream, which therefore may not move: it is
  // allocated once, owned by this value alone, and freed in deinit. `scratch` likewise.
  private let stream: UnsafeMutablePointer<z_stream>
  private let scratch: UnsafeMutableRawBufferPointer
  private var format: Format
  private var phase = Phase.start

  private enum Phase {
    /// Nothing taken yet, or (HTTP deflate) `first` alone, kept back until the second byte decides.
    case start
    case undecided(first: UInt8)
    case inside
    case memberEnded
  }

  private static let scratchSize = 32 * 1024

  /// Expects one stream of a format that may have to be found out.
  package init(_ format: Format) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe scratch = .allocate(byteCount: Self.scratchSize, alignment: 16)
    self.format = format
    let result = unsafe inflateInit2_(
      stream, Self.wrapping(of: format).windowBits, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(result == Z_OK, "zlib must have memory and match its header")
  }

  /// Expects one stream of a known format.
  package init(_ format: CompressedFormat) {
    self.init(.fixed(format))
  }

  deinit {
    // unsafe because this value is the only owner; nothing can use the stream after it.
    _ = unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
    unsafe scratch.deallocate()
  }

  /// Whether the bytes so far are a whole stream, so that ending here is no truncation.
  package var isComplete: Bool {
    if case .memberEnded = phase { true } else { false }
  }

  /// Forgets the stream at hand and expects the start of another.
  package mutating func reset(as format: Format) {
    self.format = format
    phase = .start
    consumed = 0
    produced = 0
    restart(Self.wrapping(of: format))
  }

  /// Says that the input has ended.
  package func finish() throws(InflateError) {
    guard isComplete else { throw .truncated(position: consumed) }
  }

  /// Inflates what fits: stops when the input is used up or the output is full.
  ///
  /// Output that is full does not mean that none is left: call again until the bytes produced leave
  /// room.
  package mutating func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(InflateError) -> Progress {
    let (consumedBefore, producedBefore) = (consumed, produced)
    var done = false
    while !done {
      // unsafe because both buffers are the caller's for this call and the bounds follow from
      // the counts zlib reports, which never pass the room it was given.
      let input = unsafe UnsafeRawBufferPointer(rebasing: input[(consumed - consumedBefore)...])
      let output = unsafe UnsafeMutableRawBufferPointer(
        rebasing: output[(produced - producedBefore)...])
      done = try unsafe advance(input, output)
    }
    return Progress(consumed: consumed - consumedBefore, produced: produced - producedBefore)
  }

  /// Inflates all of `input`, appending to `output`.
  ///
  /// Throws `limit` as soon as the stream has given more than `limit` bytes altogether; no more
  /// than one byte beyond the limit is ever produced.
  package mutating func inflate(
    _ input: UnsafeRawBufferPointer, appendingTo output: inout [UInt8], limit: Int
  ) throws(InflateError) {
    var used = 0
    while true {
      let room = min(Self.scratchSize, max(limit - produced, 0) + 1)
      // unsafe because scratch is owned and `used` and `room` stay within their buffers.
      let progress = try unsafe inflate(
        UnsafeRawBufferPointer(rebasing: input[used...]),
        into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<room]))
      used += progress.consumed
      guard produced <= limit else { throw .limit(limit) }
      unsafe output.append(contentsOf: scratch[..<progress.produced])
      if used == input.count, progress.produced < room { return }
    }
  }

  /// Inflates all of `input`, appending to `output`; see the version over a buffer.
  package mutating func inflate(
    _ input: [UInt8], appendingTo output: inout [UInt8], limit: Int
  ) throws(InflateError) {
    // unsafe because the pointer lives as long as the closure; nothing keeps it.
    try unsafe input.span.withUnsafeBytes { (bytes) throws(InflateError) in
      try unsafe inflate(bytes, appendingTo: &output, limit: limit)
    }
  }

  private static func wrapping(of format: Format) -> CompressedFormat {
    if case .fixed(let wrapping) = format { wrapping } else { .zlib }
  }

  private func restart(_ wrapping: CompressedFormat) {
    let result = unsafe inflateReset2(stream, wrapping.windowBits)
    precondition(result == Z_OK, "an initialised stream can be reset")
  }

  /// One step; true when nothing more can be done with these buffers.
  private mutating func advance(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(InflateError) -> Bool {
    switch phase {
    case .start:
      guard let first = unsafe input.first else { return true }
      if format == .httpDeflate {
        consumed += 1
        phase = .undecided(first: first)
      } else {
        phase = .inside
      }
    case .undecided(let first):
      guard let second = unsafe input.first else { return true }
      try decide(first, second)
    case .memberEnded:
      guard let next = unsafe input.first else { return true }
      guard format == .fixed(.gzip), next == 0x1f else {
        throw .corrupt(position: consumed, cause: "unexpected bytes after the end of the stream")
      }
      restart(.gzip)
      phase = .inside
    case .inside:
      return try unsafe step(input, output)
    }
    return false
  }

  /// RFC 1950: a zlib header names method 8 and is, read as one number, a multiple of 31. A raw
  /// stream starts like that only with non-zero bits in the padding of a stored block.
  private mutating func decide(_ first: UInt8, _ second: UInt8) throws(InflateError) {
    let header = UInt16(first) << 8 | UInt16(second)
    restart(first & 0x0f == 8 && header.isMultiple(of: 31) ? .zlib : .raw)
    phase = .inside
    var single = first
    consumed -= 1
    // unsafe because the one byte outlives the call, and no output room means none is written.
    _ = try unsafe withUnsafeBytes(of: &single) { (bytes) throws(InflateError) in
      try unsafe step(bytes, UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
  }

  private mutating func step(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(InflateError) -> Bool {
    let given = UInt32(clamping: input.count)
    let room = UInt32(clamping: output.count)
    // unsafe because zlib only reads through next_in (its type lacks const) and writes at most
    // avail_out bytes; both pointers are cleared of meaning by the zero counts of the next call.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = given
    let nowhere = unsafe scratch.baseAddress
    unsafe stream.pointee.next_out =
      (output.baseAddress ?? nowhere)?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = room
    let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    let taken = unsafe given - stream.pointee.avail_in
    let made = unsafe room - stream.pointee.avail_out
    consumed += Int(taken)
    produced += Int(made)
    switch result {
    case Z_STREAM_END:
      phase = .memberEnded
      return false
    case Z_OK, Z_BUF_ERROR:
      // With both input and room left zlib would have gone on, so one of them ran out.
      return taken == 0 && made == 0 || Int(made) == output.count || Int(taken) == input.count
    case Z_NEED_DICT:
      throw .corrupt(position: consumed, cause: "a preset dictionary is needed")
    default:
      throw .corrupt(position: consumed, cause: message)
    }
  }

  private var message: String {
    // unsafe because zlib's messages are constant C strings.
    guard let message = unsafe stream.pointee.msg else { return "invalid data" }
    return unsafe String(cString: message)
  }
}
