/// Feeds arbitrary bytes to the protobuf reader: whatever it reads over lies in the message, and a
/// value it gave lies there too. Every byte field is also tried as an inner message.
package enum ProtobufFuzz {
  // unsafe because the views are of a slab that lives as long as the call.

  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    let slab = ByteSlab(capacity: bytes.count + 1)
    unsafe slab.append(bytes)
    let view = unsafe ByteView(slab)
    walk(ProtobufReader(view, from: 0, to: slab.count, depthLimit: 8))
    var packed = ProtobufReader(view, from: 0, to: slab.count)
    do throws(ProtobufError) {
      while !packed.isAtEnd { _ = try packed.zigzag() }
    } catch {
      precondition(error.offset < slab.count, "a fault lies within the bytes")
    }
  }

  private static func walk(_ whole: ProtobufReader) {
    var reader = whole
    do throws(ProtobufError) {
      while let tag = try reader.next() {
        var inner = reader
        try reader.skip(tag)
        precondition(reader.index <= reader.end, "reading stays within the message")
        guard tag.wire == .bytes, inner.depthLeft > 0 else { continue }
        let message = try inner.message()
        precondition(inner.index == reader.index, "a message is as long as its skipping")
        walk(message)
      }
    } catch {
      precondition(error.offset <= whole.end, "a fault lies within the message")
    }
  }
}
