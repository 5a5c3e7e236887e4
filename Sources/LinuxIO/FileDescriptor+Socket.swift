import CLinux
import Glibc

// unsafe because socket options and addresses cross the border of the C library as memory of a
// stated size; all of it is local and outlives the calls.
extension FileDescriptor {
  /// A new non-blocking socket that children do not inherit.
  static func socket(_ family: Int32, _ type: __socket_type) throws(Errno) -> FileDescriptor {
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    return FileDescriptor(
      owning: try checked { Glibc.socket(family, Int32(type.rawValue) | flags, 0) })
  }

  func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws(Errno) {
    var value = value
    _ = try checked { unsafe setsockopt(raw, level, name, &value, socklen_t(4)) }
  }

  func option(_ level: Int32, _ name: Int32) throws(Errno) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(4)
    _ = try checked { unsafe getsockopt(raw, level, name, &value, &length) }
    return value
  }

  func bind(_ address: SocketAddress) throws(Errno) {
    _ = try checked { unsafe address.withKernelAddress { unsafe Glibc.bind(raw, $0, $1) } }
  }

  /// Where the socket is bound, with the port the system chose.
  func localAddress() throws(Errno) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = try checked {
      unsafe withUnsafeMutableBytes(of: &storage) {
        unsafe getsockname(raw, $0.bindMemory(to: sockaddr.self).baseAddress, &length)
      }
    }
    let address = unsafe withUnsafeBytes(of: &storage) {
      unsafe SocketAddress(kernel: $0, length: Int(length))
    }
    guard let address else { throw Errno(EAFNOSUPPORT) }
    return address
  }

  /// A non-blocking connection to `address`, made within `milliseconds`; TCP without delay.
  package static func connected(
    to address: SocketAddress, milliseconds: Int32
  ) throws(Errno) -> FileDescriptor {
    let descriptor = try socket(address.family, SOCK_STREAM)
    if address.port != nil { try descriptor.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
    let number = descriptor.raw
    do {
      _ = try checked { unsafe address.withKernelAddress { unsafe connect(number, $0, $1) } }
    } catch {
      guard error.number == EINPROGRESS else { throw error }
      guard try descriptor.wait(for: .write, milliseconds: milliseconds) else { throw .timedOut }
      let outcome = try descriptor.option(SOL_SOCKET, SO_ERROR)
      guard outcome == 0 else { throw Errno(outcome) }
    }
    return descriptor
  }

  /// Waits until the descriptor is ready, at most `milliseconds` (−1: for ever); whether it is.
  /// An error or a hang-up counts as ready: the next read or write tells it.
  package func wait(for interest: Epoll.Interest, milliseconds: Int32) throws(Errno) -> Bool {
    let deadline = Clock.monotonic + Int64(milliseconds) * 1_000_000
    var left = milliseconds
    while true {
      var entry = pollfd(fd: raw, events: Int16(interest.rawValue & 0x5), revents: 0)
      let count = unsafe poll(&entry, 1, left)
      if count >= 0 { return count > 0 }
      // The time allowed goes on running when a signal interrupts.
      guard Errno.last.number == EINTR else { throw Errno.last }
      if milliseconds >= 0 {
        left = Int32(max(0, (deadline - Clock.monotonic + 999_999) / 1_000_000))
      }
    }
  }

  /// Tells the other side that nothing more will be written.
  package func finishWriting() throws(Errno) {
    _ = try checked { shutdown(raw, Int32(SHUT_WR)) }
  }

  /// Makes closing drop the connection (the peer sees a reset) instead of ending it in order.
  package func resetOnClose() throws(Errno) {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = try checked {
      unsafe setsockopt(raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
  }
}
