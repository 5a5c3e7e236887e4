import Codec
import Testing

private let text: [UInt8] = (0..<120).flatMap { Array("{\"n\":\($0 % 17),\"model\":\"m\"}\n".utf8) }

private func deflated(_ bytes: [UInt8], _ format: CompressedFormat) -> [UInt8] {
  var deflater = Deflater(format)
  var output: [UInt8] = []
  deflater.deflate(bytes, appendingTo: &output)
  deflater.finish(appendingTo: &output)
  return output
}

private func inflated(
  _ pieces: [[UInt8]], _ format: Inflater.Format, limit: Int = 1 << 20
) throws(InflateError) -> [UInt8] {
  var inflater = Inflater(format)
  var output: [UInt8] = []
  for piece in pieces { try inflater.inflate(piece, appendingTo: &output, limit: limit) }
  try inflater.finish()
  return output
}

private let wrappings: [(CompressedFormat, Inflater.Format)] = [
  (.gzip, .fixed(.gzip)), (.zlib, .fixed(.zlib)), (.raw, .fixed(.raw)), (.zlib, .httpDeflate),
  (.raw, .httpDeflate),
]

@Suite struct CompressionTests {
  @Test("every split of a stream inflates to the whole", arguments: wrappings)
  func everySplit(written: CompressedFormat, read: Inflater.Format) throws {
    let stream = deflated(text, written)
    for split in 0...stream.count {
      let pieces = [Array(stream[..<split]), Array(stream[split...])]
      #expect(try inflated(pieces, read) == text, "split at \(split)")
    }
    #expect(try inflated(stream.map { [$0] }, read) == text)
  }

  @Test("a stream cut at any byte is truncated there", arguments: wrappings)
  func everyTruncation(written: CompressedFormat, read: Inflater.Format) {
    let stream = deflated(text, written)
    for length in 0..<stream.count {
      #expect(throws: InflateError.truncated(position: length)) {
        try inflated([Array(stream[..<length])], read)
      }
    }
  }

  @Test("nothing at all round-trips", arguments: wrappings)
  func emptyText(written: CompressedFormat, read: Inflater.Format) throws {
    #expect(try inflated([deflated([], written)], read) == [])
  }

  @Test func `gzip members back to back are one text, at every split`() throws {
    let stream = deflated(text, .gzip) + deflated([], .gzip) + deflated(Array("end".utf8), .gzip)
    for split in 0...stream.count {
      let pieces = [Array(stream[..<split]), Array(stream[split...])]
      #expect(try inflated(pieces, .fixed(.gzip)) == text + Array("end".utf8))
    }
  }

  @Test("bytes after the end are refused with their position", arguments: wrappings)
  func trailingBytes(written: CompressedFormat, read: Inflater.Format) {
    let stream = deflated(text, written)
    let expected = InflateError.corrupt(
      position: stream.count, cause: "unexpected bytes after the end of the stream")
    #expect(throws: expected) { try inflated([stream + [0]], read) }
    #expect(throws: expected) { try inflated([stream, [0x78]], read) }
  }

  @Test func `plain text is no gzip`() {
    #expect(throws: InflateError.corrupt(position: 2, cause: "incorrect header check")) {
      try inflated([Array("{\"a\":1}".utf8)], .fixed(.gzip))
    }
  }

  @Test func `any flipped byte is noticed by the check sum`() {
    let stream = deflated(text, .zlib)
    for index in stream.indices {
      var damaged = stream
      damaged[index] ^= 0x55
      #expect(throws: InflateError.self) { try inflated([damaged], .fixed(.zlib)) }
    }
  }

  @Test func `output stops one byte past the limit`() {
    let stream = deflated(text, .gzip)
    for limit in [0, 1, 100, text.count - 1] {
      var inflater = Inflater(.gzip)
      var output: [UInt8] = []
      #expect(throws: InflateError.limit(limit)) {
        try inflater.inflate(stream, appendingTo: &output, limit: limit)
      }
      #expect(inflater.produced == limit + 1)
      #expect(output.count <= limit)
    }
    #expect(throws: Never.self) { try inflated([stream], .fixed(.gzip), limit: text.count) }
  }

  @Test func `a bomb of a gibibyte stays within its limit`() {
    let mebibyte = deflated([UInt8](repeating: 0, count: 1 << 20), .gzip)
    let bomb = (0..<1024).flatMap { _ in mebibyte }
    var inflater = Inflater(.gzip)
    var output: [UInt8] = []
    #expect(throws: InflateError.limit(8 << 20)) {
      try inflater.inflate(bomb, appendingTo: &output, limit: 8 << 20)
    }
    #expect(output.count <= 8 << 20)
    #expect(inflater.consumed < bomb.count / 64)
  }

  @Test func `a caller's small buffer receives the text piece by piece`() throws {
    let stream = deflated(text, .gzip)
    for room in [1, 2, 7, 64, text.count, text.count + 1] {
      var inflater = Inflater(.gzip)
      var buffer = [UInt8](repeating: 0, count: room)
      var used = 0
      var output: [UInt8] = []
      while true {
        let rest = Array(stream[used...])
        let progress = try unsafe rest.span.withUnsafeBytes { input throws(InflateError) in
          var space = buffer.mutableSpan
          return try unsafe space.withUnsafeMutableBytes { room throws(InflateError) in
            try unsafe inflater.inflate(input, into: room)
          }
        }
        used += progress.consumed
        output += buffer[..<progress.produced]
        if used == stream.count, progress.produced < room { break }
      }
      try inflater.finish()
      #expect(output == text)
    }
  }

  @Test func `a reset inflater and deflater start anew`() throws {
    var deflater = Deflater(.gzip, level: 1)
    var inflater = Inflater(.zlib)
    #expect(throws: InflateError.self) {
      var output: [UInt8] = []
      try inflater.inflate([1, 2, 3], appendingTo: &output, limit: 10)
    }
    for round in 0..<3 {
      var stream: [UInt8] = []
      deflater.deflate(text + [UInt8(round)], appendingTo: &stream)
      deflater.finish(appendingTo: &stream)
      deflater.reset()
      var output: [UInt8] = []
      inflater.reset(as: .fixed(.gzip))
      try inflater.inflate(stream, appendingTo: &output, limit: 1 << 20)
      try inflater.finish()
      #expect(output == text + [UInt8(round)])
      #expect(inflater.consumed == stream.count)
      #expect(inflater.produced == output.count)
    }
  }

  @Test func `random bytes end in an error or a text, never otherwise`() {
    var state: UInt64 = 0x5eed
    for _ in 0..<2000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int(state >> 33) % 64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 40))
      }
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      for (_, format) in wrappings {
        do {
          let output = try inflated([bytes], format)
          #expect(output.count <= 1 << 20)
        } catch InflateError.limit {
          Issue.record("64 bytes cannot inflate to a mebibyte")
        } catch {}
      }
    }
  }
}
