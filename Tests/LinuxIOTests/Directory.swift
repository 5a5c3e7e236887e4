import Glibc
import LinuxIO

/// A directory that exists while `body` runs.
func withDirectory(_ body: (String) throws -> Void) throws {
  let path = "/tmp/barograph-\(Random.word())"
  try FileSystem.createDirectory(path)
  defer {
    do {
      try removeTree(path)
    } catch {
      preconditionFailure("cannot remove \(path): \(error)")
    }
  }
  try body(path)
}

private func removeTree(_ path: String) throws {
  for name in try FileSystem.names(in: path) {
    do {
      try FileSystem.remove("\(path)/\(name)")
    } catch {
      guard error.number == EISDIR else { throw error }
      try removeTree("\(path)/\(name)")
    }
  }
  unsafe rmdir(path)
}

/// Both ends of a non-blocking stream.
func streamPair() throws -> (near: Box, far: Box) {
  let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
  let near = try FileDescriptor.connected(to: listener.address, milliseconds: 5_000)
  let far = try next(of: listener)
  return (Box(near), Box(far))
}

/// The next connection of `listener`, waited for.
func next(of listener: borrowing Listener) throws -> FileDescriptor {
  guard try listener.waitForConnection(milliseconds: 5_000), let connection = try listener.accept()
  else { throw Errno.timedOut }
  return connection.take()
}

/// Lets a descriptor live in tuples and closures of tests.
final class Box: Sendable {
  let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

  /// What one read of at most `limit` bytes comes to, and the bytes.
  func readOnce(_ limit: Int) throws -> (Transfer, [UInt8]) {
    var bytes: [UInt8] = []
    let outcome = try descriptor.read(upTo: limit, into: &bytes)
    return (outcome, bytes)
  }

  func write(_ bytes: [UInt8], from start: Int = 0) throws -> Transfer {
    try descriptor.write(bytes, from: start)
  }

  func write(_ head: [UInt8], from start: Int, then body: [UInt8]) throws -> Transfer {
    try descriptor.write(head, from: start, then: body)
  }

  func wait(for interest: Epoll.Interest, milliseconds: Int32) throws -> Bool {
    try descriptor.wait(for: interest, milliseconds: milliseconds)
  }

  /// Reads until the end or until `count` bytes are there.
  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      switch try descriptor.read(upTo: count - bytes.count, into: &bytes) {
      case .bytes: continue
      case .end: return bytes
      case .wouldBlock:
        guard try descriptor.wait(for: .read, milliseconds: 5_000) else { throw Errno.timedOut }
      }
    }
    return bytes
  }
}

/// An accepted connection that can be copied.
struct AcceptedPeer {
  let box: Box
  let peer: SocketAddress

  init?(_ connection: consuming Listener.Connection?) {
    guard let connection else { return nil }
    peer = connection.peer
    box = Box(connection.take())
  }
}

/// A socket file on which nobody accepts, as a killed process leaves it.
func leaveStaleSocket(at path: String) throws {
  let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let owner = FileDescriptor(owning: number)
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  // unsafe because the address is filled as memory; paths of tests fit its field.
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
    for (index, byte) in path.utf8.enumerated() { unsafe field[index] = byte }
  }
  let result = unsafe withUnsafeBytes(of: &address) {
    unsafe bind(number, $0.bindMemory(to: sockaddr.self).baseAddress, socklen_t($0.count))
  }
  guard result == 0 else { throw Errno.last }
  try owner.close()
}
