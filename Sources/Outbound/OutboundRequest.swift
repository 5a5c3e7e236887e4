package import HTTP

/// A request to any server; how it gets there is the client's business.
package struct OutboundRequest: Sendable {
  /// One header line.
  package struct Header: Equatable, Sendable {
    package let name: String
    package let value: String

    /// A header; one that could not be sent makes the request fail.
    package init(_ name: String, _ value: String) {
      (self.name, self.value) = (name, value)
    }
  }

  /// How the server is asked.
  package var method: HTTPMethod
  /// `http://…` or `https://…`, whole.
  package var url: String
  package var headers: [Header]
  package var body: [UInt8]?
  /// Milliseconds until all of the answer is here.
  package var timeoutMilliseconds: Int64
  /// Bytes of the answer's body; a longer one is an error.
  package var bodyLimit: Int
  /// A file of certificates to trust in place of the system's; empty for those.
  package var authorityFile: String
  /// Asked while waiting, about ten times a second (by libcurl once): true ends the request as if
  /// its time were over. From the thread that sends.
  package var isAbandoned: (@Sendable () -> Bool)?
  /// Whether it must not reach a server twice: else it is sent once more where a kept connection
  /// turns out closed before a byte of the answer came. libcurl, which does the same, cannot be
  /// kept from it.
  package var isSentOnce = false

  /// A request with 10 s for its answer of at most 1 MiB, unless told otherwise.
  package init(
    _ method: HTTPMethod = .post, url: String, headers: [Header] = [], body: [UInt8]? = nil,
    timeoutMilliseconds: Int64 = 10_000, bodyLimit: Int = 1 << 20, authorityFile: String = ""
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutMilliseconds = timeoutMilliseconds
    self.bodyLimit = bodyLimit
    self.authorityFile = authorityFile
  }
}

extension OutboundRequest: CustomStringConvertible {
  /// Method and server alone: paths, headers and bodies may hold keys.
  package var description: String {
    "\(method.name) \(OutboundURL(url)?.origin ?? "")"
  }
}

/// A mail to hand to a server.
package struct OutboundMail: Sendable {
  /// When the connection is encrypted.
  package enum Encryption: Sendable {
    /// After STARTTLS, which the server must offer.
    case starttls
    /// From its first byte.
    case tls
    case none
  }

  /// The server's name or address, without brackets.
  package var host: String
  /// The server's port.
  package var port: UInt16
  /// When the connection is encrypted.
  package var encryption: Encryption
  /// What this machine calls itself.
  package var hello: String
  package var username: String?
  package var password: String
  /// Addresses alone, without brackets and line ends.
  package var from: String
  package var to: [String]
  /// The message with CR LF line ends, its dots as they are.
  package var message: [UInt8]
  /// Milliseconds until the server has taken it; one that then does not even say farewell can cost
  /// the same again.
  package var timeoutMilliseconds: Int64
  package var authorityFile: String

  /// A mail without authentication, with 30 s for the whole conversation.
  package init(
    host: String, port: UInt16, encryption: Encryption, hello: String = "localhost",
    from: String, to: [String], message: [UInt8], timeoutMilliseconds: Int64 = 30_000
  ) {
    self.host = host
    self.port = port
    self.encryption = encryption
    self.hello = hello
    password = ""
    self.from = from
    self.to = to
    self.message = message
    self.timeoutMilliseconds = timeoutMilliseconds
    authorityFile = ""
  }
}

extension OutboundMail: CustomStringConvertible {
  /// The server alone.
  package var description: String { "mail by \(host):\(port)" }
}
