import CLinux
import Glibc

/// An error number of the operating system, thrown by every call of this room that the world can
/// make fail.
package struct Errno: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The number, as in `<errno.h>`.
  package let number: Int32

  /// The error with `number`.
  package init(_ number: Int32) { self.number = number }

  /// The last error of the calling thread.
  package static var last: Errno { Errno(Glibc.errno) }

  /// The system's symbol, such as `ENOENT`; `E` and the number when it is none of the usual ones.
  package var name: String { Self.names[number] ?? "E\(number)" }

  /// The system's own words, such as `No such file or directory`.
  package var text: String {
    // unsafe because strerror_r fills a buffer that we own and that outlives the call.
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress, unsafe strerror_r(number, base, 256) == 0 else {
        return "error \(number)"
      }
      return unsafe String(cString: base)
    }
  }

  package var description: String { "\(text) (\(name))" }
}

extension Errno {
  /// What callers tell apart.
  package static let noEntry = Errno(ENOENT)
  /// The address is taken by another socket.
  package static let addressInUse = Errno(EADDRINUSE)
  /// The address is none of this machine's.
  package static let addressNotHere = Errno(EADDRNOTAVAIL)
  /// Nobody listens there.
  package static let connectionRefused = Errno(ECONNREFUSED)
  /// The other side dropped the connection.
  package static let connectionReset = Errno(ECONNRESET)
  /// Written to a connection that the other side has closed.
  package static let brokenPipe = Errno(EPIPE)
  /// The time allowed is over.
  package static let timedOut = Errno(ETIMEDOUT)
  /// The file is there already.
  package static let exists = Errno(EEXIST)
  /// The process has too many open files.
  package static let tooManyFiles = Errno(EMFILE)
  /// The disk is full.
  package static let noSpace = Errno(ENOSPC)
  /// Not allowed.
  package static let accessDenied = Errno(EACCES)
  /// An argument the system cannot use.
  package static let invalidArgument = Errno(EINVAL)
  /// More than the caller's limit.
  package static let tooLarge = Errno(EFBIG)

  /// Whether the call would have had to wait.
  package var isWouldBlock: Bool { number == EAGAIN || number == EWOULDBLOCK }

  private static let names: [Int32: String] = [
    EPERM: "EPERM", ENOENT: "ENOENT", EINTR: "EINTR", EIO: "EIO", EBADF: "EBADF",
    EAGAIN: "EAGAIN", ENOMEM: "ENOMEM", EACCES: "EACCES", EBUSY: "EBUSY", EEXIST: "EEXIST",
    ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE",
    EFBIG: "EFBIG", ENOSPC: "ENOSPC", EROFS: "EROFS", EPIPE: "EPIPE", ENOTSOCK: "ENOTSOCK",
    EMSGSIZE: "EMSGSIZE", EAFNOSUPPORT: "EAFNOSUPPORT", EADDRINUSE: "EADDRINUSE",
    EADDRNOTAVAIL: "EADDRNOTAVAIL", ENETUNREACH: "ENETUNREACH", ECONNABORTED: "ECONNABORTED",
    ECONNRESET: "ECONNRESET", ENOBUFS: "ENOBUFS", ENOTCONN: "ENOTCONN", ETIMEDOUT: "ETIMEDOUT",
    ECONNREFUSED: "ECONNREFUSED", EHOSTUNREACH: "EHOSTUNREACH", EINPROGRESS: "EINPROGRESS",
    EDQUOT: "EDQUOT", ENAMETOOLONG: "ENAMETOOLONG", ELOOP: "ELOOP", ENOSYS: "ENOSYS",
    ENOTEMPTY: "ENOTEMPTY", EOPNOTSUPP: "EOPNOTSUPP", EISCONN: "EISCONN",
  ]
}

/// The result of `call`, which says failure by −1; called again as long as a signal interrupts it.
/// The one place of this room that knows about EINTR.
func checked<Result: FixedWidthInteger & SignedInteger>(
  _ call: () -> Result
) throws(Errno) -> Result {
  while true {
    let result = call()
    if result != -1 { return result }
    let error = Errno.last
    if error.number != EINTR { throw error }
  }
}
