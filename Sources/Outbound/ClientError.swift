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
  /// libcurl, which this needs, is not installed.
  case missingLibrary(String)
  /// A header cannot be sent as it is.
  case badHeader(String)
  /// What libcurl was asked to do went wrong; the detail is in its words.
  case transport(TransportFault, host: String, detail: String)
}

/// What went wrong on the way to a server.
package enum TransportFault: Equatable, Sendable {
  /// Nobody knows the name.
  case unresolved
  case refused
  case timeout
  /// The connection ended before the answer did.
  case reset
  /// The two sides could not agree how to encrypt.
  case handshake
  /// The server's certificate is not to be trusted.
  case certificate
  /// Our own file of certificates cannot be used.
  case authority
  /// The server does not know the name and password, or no way to take them.
  case login
  /// The server cannot encrypt, and without that we do not speak to it.
  case unencrypted
  /// The answer is longer than the limit.
  case tooLong
  case other
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
    case .missingLibrary(let need):
      "cannot speak \(need): libcurl.so.4 is not installed (on Debian: apt install libcurl4)"
    case .badHeader(let name): "cannot send header \"\(name)\": it holds what a header must not"
    case .transport(_, let host, let detail): "cannot reach \(host): \(detail)"
    }
  }

  /// Whether the same request may succeed later without anybody changing anything here.
  package var isTemporary: Bool {
    switch self {
    case .refused, .timeout, .reset, .badResponse, .system: true
    case .badURL, .unsupportedScheme, .missingLibrary, .badHeader: false
    case .transport(let fault, _, _):
      switch fault {
      // A certificate is renewed, a name server comes back.
      case .unresolved, .refused, .timeout, .reset, .handshake, .certificate, .other: true
      case .authority, .login, .unencrypted, .tooLong: false
      }
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
