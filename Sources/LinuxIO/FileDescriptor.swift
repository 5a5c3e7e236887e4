import CLinux
import Glibc

/// What a read or a write on a descriptor came to.
package enum Transfer: Equatable, Sendable {
  /// So many bytes moved; more than none.
  case bytes(Int)
  /// Nothing could move now; wait until the descriptor is ready.
  case wouldBlock
  /// The other side will send no more. Writes never end this way.
  case end
}

/// The owner of one open file, socket or kernel object; closes it when it goes away.
package struct FileDescriptor: ~Copyable, Sendable {
  /// The number, to register elsewhere. It dies with this owner.
  package let raw: Int32

  /// Takes over the open descriptor `raw`.
  package init(owning raw: Int32) {
    precondition(raw >= 0, "an owned descriptor is open")
    self.raw = raw
  }

  deinit { Glibc.close(raw) }

  /// Closes now. An error the kernel kept back until here (a full disk) is thrown; the descriptor
  /// is gone in any case.
  package consuming func close() throws(Errno) {
    let number = release()
    if Glibc.close(number) != 0, Errno.last.number != EINTR { throw Errno.last }
  }

  /// Gives up the ownership: whoever takes the number must close it.
  package consuming func release() -> Int32 {
    let number = raw
    discard self
    return number
  }
}

// unsafe because the kernel fills and reads the memory of buffers that outlive the call.
extension FileDescriptor {
  /// Reads at most `buffer.count` bytes into a buffer that is not empty.
  @unsafe package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Transfer {
    precondition(buffer.count > 0, "a read has room")
    return try Self.transfer { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
  }

  /// Reads at most `limit` bytes and appends them to `bytes`.
  package func read(upTo limit: Int, into bytes: inout [UInt8]) throws(Errno) -> Transfer {
    precondition(limit > 0, "a read has room")
    return try unsafe withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) {
      buffer throws(Errno) in
      let outcome = try unsafe read(into: buffer)
      if case .bytes(let count) = outcome { unsafe bytes.append(contentsOf: buffer[..<count]) }
      return outcome
    }
  }

  /// Writes what the kernel takes now of `buffer`, which is not empty.
  @unsafe package func write(_ buffer: UnsafeRawBufferPointer) throws(Errno) -> Transfer {
    precondition(buffer.count > 0, "a write has bytes")
    return try Self.transfer { unsafe Glibc.write(raw, buffer.baseAddress, buffer.count) }
  }

  /// Writes what the kernel takes now of `bytes` from `start` on.
  package func write(_ bytes: [UInt8], from start: Int = 0) throws(Errno) -> Transfer {
    try unsafe bytes.span.withUnsafeBytes { buffer throws(Errno) in
      try unsafe write(UnsafeRawBufferPointer(rebasing: buffer[start...]))
    }
  }

  /// Writes what the kernel takes now of two buffers, of which one may be empty, in one call.
  package func write(_ head: [UInt8], from start: Int, then body: [UInt8]) throws(Errno) -> Transfer
  {
    precondition(head.count - start + body.count > 0, "a write has bytes")
    return try unsafe head.span.withUnsafeBytes { head throws(Errno) in
      try unsafe body.span.withUnsafeBytes { body throws(Errno) in
        let first = unsafe UnsafeRawBufferPointer(rebasing: head[start...])
        return try unsafe write(first, body)
      }
    }
  }

  /// Writes what the kernel takes now of two buffers in one call.
  @unsafe package func write(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) throws(Errno) -> Transfer {
    var parts: InlineArray<2, iovec> = unsafe [Self.part(first), Self.part(second)]
    return try Self.transfer {
      unsafe withUnsafeBytes(of: &parts) {
        unsafe writev(raw, $0.bindMemory(to: iovec.self).baseAddress, 2)
      }
    }
  }

  /// Writes all of `bytes`, for descriptors that block; throws EAGAIN on one that does not.
  package func writeAll(_ bytes: [UInt8]) throws(Errno) {
    var start = 0
    while start < bytes.count {
      guard case .bytes(let count) = try write(bytes, from: start) else { throw Errno(EAGAIN) }
      start += count
    }
  }

  /// Returns when everything written is on disk.
  package func synchronize() throws(Errno) {
    _ = try checked { fsync(raw) }
  }

  private static func part(_ buffer: UnsafeRawBufferPointer) -> iovec {
    unsafe iovec(
      iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
  }

  private static func transfer(_ call: () -> Int) throws(Errno) -> Transfer {
    do {
      let count = try checked(call)
      return count == 0 ? .end : .bytes(count)
    } catch {
      if error.isWouldBlock { return .wouldBlock }
      throw error
    }
  }
}
