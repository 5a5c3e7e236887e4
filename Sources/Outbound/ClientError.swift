package import HTTP
package import LinuxIO

/// Why a request got no answer.
package enum ClientError: Error, Equatable, Sendable {
  /// The URL is none that can be asked; the sentence says why.
  case badURL(String)
  /// The scheme needs more than plain HTTP; its name.
  case unsupportedScheme(String)
  /// Nobody listens at the address.
  case refused(SocketAddress)
  /// The address did not accept a connection, or no byte came or went, for the time allowed.
  case timeout(SocketAddress)
  /// The connection ended before the answer did.
  case reset(SocketAddress)
  /// What came is no answer that can be read.
  case badResponse(HTTPFailure)
  /// The operating system refused.
  case system(SocketAddress, Errno)
}

extension ClientError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badURL(let reason): reason
    case .unsupportedScheme(let name):
      "cannot ask a server by \(name): only http://HOST:PORT and unix:PATH are spoken here"
    case .refused(let address): "cannot connect to \(address): nobody listens there"
    case .timeout(let address): "cannot reach \(address): no answer within the time allowed"
    case .reset(let address): "cannot read the answer of \(address): the connection ended"
    case .badResponse(let failure): "\(failure.message)"
    case .system(let address, let error): "cannot talk to \(address): \(error)"
    }
  }

  /// The error behind a failed call on a connection to `address`.
  init(_ error: Errno, at address: SocketAddress) {
    switch error {
    case .connectionRefused, .noEntry: self = .refused(address)
    case .connectionReset, .brokenPipe: self = .reset(address)
    case .timedOut: self = .timeout(address)
    default: self = .system(address, error)
    }
  }
}
