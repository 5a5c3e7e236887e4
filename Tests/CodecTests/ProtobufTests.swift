import Codec
import Testing

/// What a walk over a message came to, each value in words.
private func walk(_ bytes: [UInt8], depthLimit: Int = 100) throws(ProtobufError) -> [String] {
  let slab = ByteSlab(capacity: bytes.count + 1)
  slab.append(bytes)
  return try withExtendedLifetime(slab) { () throws(ProtobufError) -> [String] in
    var reader = ProtobufReader(
      unsafe ByteView(slab), from: 0, to: bytes.count, depthLimit: depthLimit)
    return try read(&reader)
  }
}

/// Field 9 holds messages, field 8 packed varints, field 15 is one that nobody knows.
private func read(_ reader: inout ProtobufReader) throws(ProtobufError) -> [String] {
  var words: [String] = []
  while let tag = try reader.next() {
    switch (tag.field, tag.wire) {
    case (15, _), (_, .groupStart), (_, .groupEnd): try reader.skip(tag)
    case (9, .bytes):
      var inner = try reader.message()
      words.append("\(tag.field)=\(try read(&inner))")
    case (8, .bytes):
      let range = try reader.range()
      var packed = ProtobufReader(reader.bytes, from: range.lowerBound, to: range.upperBound)
      while !packed.isAtEnd { words.append("8=\(try packed.zigzag())") }
    case (_, .varint): words.append("\(tag.field)=\(Int64(bitPattern: try reader.varint()))")
    case (_, .fixed64): words.append("\(tag.field)=\(try reader.double())")
    case (_, .fixed32): words.append("\(tag.field)=\(try reader.fixed32())")
    case (_, .bytes):
      let range = try reader.range()
      words.append("\(tag.field)=\(reader.bytes.copy(range.lowerBound, range.upperBound))")
    }
  }
  return words
}

private let everyWire: [UInt8] = {
  var bytes: [UInt8] = []
  var inner: [UInt8] = []
  ProtobufWriter.varint(1, UInt64(bitPattern: -2), to: &inner)
  ProtobufWriter.bytes(2, [], to: &inner)
  ProtobufWriter.varint(1, 300, to: &bytes)
  ProtobufWriter.fixed64(3, (1.5).bitPattern, to: &bytes)
  ProtobufWriter.bytes(9, inner, to: &bytes)
  ProtobufWriter.bytes(8, [0, 1, 2, 0xAC, 2], to: &bytes)
  return bytes + [0x25, 1, 2, 0, 0]
}()

@Suite struct ProtobufTests {
  @Test func `every wire type is read, in order and exactly`() throws {
    #expect(
      try walk(everyWire) == [
        "1=300", "3=1.5", #"9=["1=-2", "2=[]"]"#, "8=0", "8=-1", "8=1", "8=150", "4=513",
      ])
  }

  @Test(
    "a field nobody knows is skipped whatever its wire type",
    arguments: [
      [0x78, 0xFF, 1], [0x79, 1, 2, 3, 4, 5, 6, 7, 8], [0x7A, 2, 1, 1], [0x7D, 1, 2, 3, 4],
      [0x7B, 0x08, 1, 0x13, 0x14, 0x7C], [0x7B, 0x7C],
    ] as [[UInt8]])
  func unknownFields(unknown: [UInt8]) throws {
    #expect(try walk(unknown + [0x08, 5] + unknown) == ["1=5"])
  }

  @Test(
    "what is no message is a fault at its place",
    arguments: [
      ([0x08], .truncated, 1), ([0x0A, 5, 1], .truncated, 1), ([0x09, 1, 2], .truncated, 1),
      ([0x0D, 1], .truncated, 1), ([0x80], .truncated, 0), ([0x7B, 8, 1], .truncated, 3),
      ([0x0A, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], .truncated, 1),
      ([0x0A, 255, 255, 255, 255, 255, 255, 255, 255, 127], .truncated, 1),
      ([0x08, 128, 128, 128, 128, 128, 128, 128, 128, 128, 2], .overlong, 1),
      ([0x08, 128, 128, 128, 128, 128, 128, 128, 128, 128, 129, 0], .overlong, 1),
      ([0x88, 128, 128, 128, 16, 0], .overlong, 0), ([0x00, 0], .badTag, 0),
      ([0x08, 1, 0x0E], .badTag, 2), ([0x0F], .badTag, 0), ([0x0C], .strayGroupEnd, 1),
      ([0x7B, 0x0C], .strayGroupEnd, 2),
    ] as [([UInt8], ProtobufError.Fault, Int)])
  func faults(bytes: [UInt8], fault: ProtobufError.Fault, offset: Int) {
    #expect(throws: ProtobufError(fault, at: offset)) { try walk(bytes) }
  }

  @Test func `a message cut anywhere but between two fields is truncated`() throws {
    var whole: [Int] = []
    for length in 0..<everyWire.count {
      do throws(ProtobufError) {
        _ = try walk(Array(everyWire[..<length]))
        whole.append(length)
      } catch {
        #expect(error.fault == .truncated)
      }
    }
    #expect(whole == [0, 3, 12, 27, 34])
  }

  @Test func `nesting is bounded, of messages and of groups`() throws {
    var messages: [UInt8] = []
    for _ in 0..<4 {
      var outer: [UInt8] = []
      ProtobufWriter.bytes(9, messages, to: &outer)
      messages = outer
    }
    #expect(try walk(messages, depthLimit: 4) == [#"9=["9=[\"9=[\\\"9=[]\\\"]\"]"]"#])
    #expect(throws: ProtobufError(.depth, at: 7)) { try walk(messages, depthLimit: 3) }
    let groups = [UInt8](repeating: 0x7B, count: 100_000)
    #expect(throws: ProtobufError(.depth, at: 101)) { try walk(groups) }
  }

  @Test func `every first byte gives a tag or a fault and is never read beyond`() {
    for byte in UInt8.min...UInt8.max {
      #expect(throws: ProtobufError.self) { try walk([byte]) }
    }
  }

  @Test(
    "varints come back as they were written",
    arguments: [0, 1, 127, 128, 16_383, 16_384, 1 << 35, 1 << 63, UInt64.max])
  func varints(value: UInt64) throws {
    var bytes: [UInt8] = []
    ProtobufWriter.varint(1, value, to: &bytes)
    #expect(try walk(bytes) == ["1=\(Int64(bitPattern: value))"])
  }

  @Test(arguments: [UInt64.random(in: .min ... .max)])
  func `mutated messages are read or refused, never read beyond`(seed: UInt64) {
    var state = seed
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    for _ in 0..<20_000 {
      var bytes = everyWire + everyWire
      for _ in 0...random(below: 6) {
        bytes[random(below: bytes.count)] = UInt8(random(below: 256))
      }
      bytes.removeLast(random(below: bytes.count))
      unsafe bytes.withUnsafeBytes { unsafe ProtobufFuzz.run($0) }
    }
  }
}
