import CLinux
import Glibc

/// A non-blocking UDP socket, bound to receive or free to send.
package struct DatagramSocket: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// Receives on `address`. Asks the kernel for `receiveBuffer` bytes to hold what waits: past the
  /// system's limit where the process may, up to it otherwise. `sharesPort` as for `Listener`.
  package init(
    binding address: SocketAddress, receiveBuffer: Int32 = 64 << 20, sharesPort: Bool = false
  ) throws(Errno) {
    let descriptor = try FileDescriptor.socket(address.family, SOCK_DGRAM)
    if sharesPort { try descriptor.setOption(SOL_SOCKET, LINUX_SO_REUSEPORT, 1) }
    do {
      try descriptor.setOption(SOL_SOCKET, LINUX_SO_RCVBUFFORCE, receiveBuffer)
    } catch {
      guard error.number == EPERM else { throw error }
      try descriptor.setOption(SOL_SOCKET, SO_RCVBUF, receiveBuffer)
    }
    try descriptor.bind(address)
    self.descriptor = descriptor
  }

  /// Sends from any free port to addresses of the family of `destination`; `send` needs no other
  /// preparation.
  package init(sendingTo destination: SocketAddress) throws(Errno) {
    descriptor = try FileDescriptor.socket(destination.family, SOCK_DGRAM)
  }

  /// Throws `addressInUse` when anybody receives on the address, even one that shares its port.
  package static func probe(_ address: SocketAddress) throws(Errno) {
    let descriptor = try FileDescriptor.socket(address.family, SOCK_DGRAM)
    try descriptor.bind(address)
  }

  /// The descriptor's number, to watch for `read`.
  package var raw: Int32 { descriptor.raw }

  /// Where it receives, with the port the system chose.
  package func address() throws(Errno) -> SocketAddress { try descriptor.localAddress() }

  /// How many bytes the kernel holds for this socket, its own book-keeping included.
  package func receiveBuffer() throws(Errno) -> Int {
    Int(try descriptor.option(SOL_SOCKET, SO_RCVBUF))
  }

  /// How many datagrams the kernel dropped on this socket since it was made; wraps at 2³².
  package func kernelDrops() throws(Errno) -> UInt32 {
    var memory: InlineArray<9, UInt32> = InlineArray(repeating: 0)
    var length = socklen_t(36)
    // unsafe because the kernel writes at most the 36 bytes stated.
    _ = try checked {
      unsafe withUnsafeMutableBytes(of: &memory) {
        unsafe getsockopt(raw, SOL_SOCKET, LINUX_SO_MEMINFO, $0.baseAddress, &length)
      }
    }
    precondition(length == 36, "Linux since 4.12 counts drops in SO_MEMINFO")
    return memory[8]
  }

  /// Sends one datagram; false when the kernel has no room for it now.
  package func send(_ bytes: [UInt8], to address: SocketAddress) throws(Errno) -> Bool {
    do {
      _ = try checked {
        unsafe address.withKernelAddress { target, length in
          unsafe bytes.withUnsafeBytes {
            unsafe sendto(raw, $0.baseAddress, $0.count, 0, target, length)
          }
        }
      }
      return true
    } catch {
      if error.isWouldBlock || error.number == ENOBUFS { return false }
      throw error
    }
  }
}
