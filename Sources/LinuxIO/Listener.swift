import CLinux
import Glibc

/// A listening stream socket, TCP or unix, that never blocks. The file of a unix socket is readable
/// and writable for its owner only and goes away with the listener.
package struct Listener: ~Copyable, Sendable {
  private let descriptor: FileDescriptor
  /// Where it listens, with the port the system chose.
  package let address: SocketAddress

  /// A connection taken from a listener: its non-blocking descriptor and where it comes from.
  package struct Connection: ~Copyable, Sendable {
    package let descriptor: FileDescriptor
    package let peer: SocketAddress

    /// Gives up the pair for its descriptor.
    package consuming func take() -> FileDescriptor { descriptor }
  }

  /// Listens on `address`. With `sharesPort` any number of listeners of this user share the port
  /// and the kernel spreads connections over them; call `probe` first, or another program that
  /// shares too goes unnoticed. Throws `addressInUse` when somebody else listens there.
  package init(_ address: SocketAddress, sharesPort: Bool = false) throws(Errno) {
    let descriptor = try FileDescriptor.socket(address.family, SOCK_STREAM)
    if case .unix(let path) = address {
      try Self.bindUnix(descriptor, address, path)
    } else {
      try descriptor.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
      if sharesPort { try descriptor.setOption(SOL_SOCKET, LINUX_SO_REUSEPORT, 1) }
      try descriptor.bind(address)
    }
    let number = descriptor.raw
    _ = try checked { listen(number, 4_096) }
    self.address = try descriptor.localAddress()
    self.descriptor = descriptor
  }

  deinit {
    if let path = address.path { unsafe unlink(path) }
  }

  /// Throws `addressInUse` when anybody listens on the TCP address, even one that shares its port.
  package static func probe(_ address: SocketAddress) throws(Errno) {
    _ = try Listener(address)
  }

  /// The descriptor's number, to watch for `read`.
  package var raw: Int32 { descriptor.raw }

  /// The next connection that waits; nothing when none does. Throws `tooManyFiles` and the like
  /// when the process cannot take it: the connection then waits on.
  package func accept() throws(Errno) -> Connection? {
    while true {
      do {
        return try acceptOne()
      } catch {
        if error.isWouldBlock { return nil }
        // The peer went away while it waited; the next one may still be there.
        guard error.number == ECONNABORTED || error.number == EPROTO else { throw error }
      }
    }
  }

  /// Waits until a connection can be taken, at most `milliseconds`; whether one can.
  package func waitForConnection(milliseconds: Int32) throws(Errno) -> Bool {
    try descriptor.wait(for: .read, milliseconds: milliseconds)
  }

  // unsafe because the kernel writes the peer's address into local memory of the size we state.
  private func acceptOne() throws(Errno) -> Connection {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let number = try checked {
      unsafe withUnsafeMutableBytes(of: &storage) {
        unsafe linux_accept4(
          raw, $0.bindMemory(to: sockaddr.self).baseAddress, &length, flags)
      }
    }
    let client = FileDescriptor(owning: number)
    let peer = unsafe withUnsafeBytes(of: &storage) {
      unsafe SocketAddress(kernel: $0, length: Int(length))
    }
    if address.port != nil { try client.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
    return Connection(descriptor: client, peer: peer ?? .unix(""))
  }

  private static func bindUnix(
    _ descriptor: borrowing FileDescriptor, _ address: SocketAddress, _ path: String
  ) throws(Errno) {
    // Before the bind, so that the file never exists with wider rights.
    let number = descriptor.raw
    _ = try checked { fchmod(number, 0o600) }
    do {
      try descriptor.bind(address)
    } catch {
      guard error == .addressInUse, try isStale(address, path) else { throw error }
      _ = try checked { unsafe unlink(path) }
      try descriptor.bind(address)
    }
  }

  /// Whether the file is a socket on which nobody accepts any more.
  private static func isStale(_ address: SocketAddress, _ path: String) throws(Errno) -> Bool {
    var status = stat()
    _ = try checked { unsafe lstat(path, &status) }
    guard status.st_mode & S_IFMT == S_IFSOCK else { return false }
    do {
      _ = try FileDescriptor.connected(to: address, milliseconds: 0)
      return false
    } catch {
      return error == .connectionRefused
    }
  }
}
