/// The keyed digest HMAC-SHA-256 (RFC 2104) of a stream of bytes.
package struct HMACSHA256: Sendable {
  private var inner = SHA256()
  private var outer = SHA256()

  /// Starts a message under `key`, which may have any length.
  package init(key: [UInt8]) {
    var block = key.count > 64 ? SHA256.digest(of: key) : key
    block.append(contentsOf: repeatElement(0, count: 64 - block.count))
    inner.update(block.map { $0 ^ 0x36 })
    outer.update(block.map { $0 ^ 0x5c })
  }

  /// The code of one message under `key`.
  package static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = HMACSHA256(key: key)
    code.update(message)
    return code.finalize()
  }

  /// Takes the next bytes of the message.
  package mutating func update(_ bytes: [UInt8]) {
    inner.update(bytes)
  }

  /// Takes the next bytes of the message; the buffer is only read during the call.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // unsafe because the caller vouches for the buffer's lifetime.
    unsafe inner.update(bytes)
  }

  /// The 32 bytes of the code; the value is spent afterwards.
  package consuming func finalize() -> [UInt8] {
    outer.update(inner.finalize())
    return outer.finalize()
  }
}
