import CLinux
import Glibc

// unsafe because the kernel's addresses are one memory layout read as another; every access stays
// inside a sockaddr_storage, which is as large as the largest of them.
extension SocketAddress {
  /// The protocol family for `socket`.
  var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  /// Calls `body` with the address as the kernel takes it.
  func withKernelAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var storage = sockaddr_storage()
    let length = unsafe withUnsafeMutableBytes(of: &storage) { unsafe fill($0) }
    return unsafe withUnsafePointer(to: &storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(length))
      }
    }
  }

  private func fill(_ raw: UnsafeMutableRawBufferPointer) -> Int {
    unsafe raw.storeBytes(of: sa_family_t(family), as: sa_family_t.self)
    switch self {
    case .ipv4(let bytes, let port):
      unsafe raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      unsafe Self.copy(bytes, into: raw, at: 4)
      return MemoryLayout<sockaddr_in>.size
    case .ipv6(let bytes, let port):
      unsafe raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      unsafe Self.copy(bytes, into: raw, at: 8)
      return MemoryLayout<sockaddr_in6>.size
    case .unix(let path):
      unsafe Self.copy(Array(path.utf8), into: raw, at: 2)
      // A file's path ends with a zero; of a name without a file every byte counts.
      return 2 + path.utf8.count + (path.utf8.first == 0 ? 0 : 1)
    }
  }

  private static func copy(
    _ bytes: [UInt8], into raw: UnsafeMutableRawBufferPointer, at offset: Int
  ) {
    for index in bytes.indices { unsafe raw[offset + index] = bytes[index] }
  }

  /// The address in the first `length` bytes of `raw`, as the kernel wrote it. A unix peer without
  /// a name has an empty path; nothing for a family that is none of ours.
  init?(kernel raw: UnsafeRawBufferPointer, length: Int) {
    guard length >= 2 else { return nil }
    let port = unsafe length >= 4 ? UInt16(raw[2]) << 8 | UInt16(raw[3]) : 0
    switch unsafe Int32(raw.load(as: sa_family_t.self)) {
    case AF_INET where length >= 8:
      self = unsafe .ipv4(Array(raw[4..<8]), port: port)
    case AF_INET6 where length >= 24:
      self = unsafe .ipv6(Array(raw[8..<24]), port: port)
    case AF_UNIX:
      let path = unsafe raw[2..<length].prefix { $0 != 0 }
      self = unsafe .unix(String(decoding: path, as: UTF8.self))
    default:
      return nil
    }
  }
}
