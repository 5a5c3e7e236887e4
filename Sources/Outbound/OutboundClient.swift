import HTTP
import LinuxIO
import Synchronization

/// Sends requests and mails from any thread: plain HTTP to numeric addresses by our own client, all
/// else by libcurl where it is installed. Connections are kept a few to a server; a call blocks its
/// thread until its deadline at most.
package final class OutboundClient: Sendable {
  /// Connections to one server, and servers, that are kept idle.
  private let connectionsPerServer: Int
  private static let originLimit = 64

  private let idle = Mutex<[String: [Session]]>([:])

  /// A client without connections, that will keep so many idle ones to a server.
  package init(connectionsPerServer: Int = 4) {
    precondition(connectionsPerServer > 0, "a connection is kept")
    self.connectionsPerServer = connectionsPerServer
  }

  /// A way to a server that is free for the next request.
  // @unchecked Sendable because the pool hands a session to one caller, who gives it back when he
  // is done; the mutex orders the two.
  private final class Session: @unchecked Sendable {
    enum Way {
      case plain(HTTPClient)
      case curl(CurlSession)
    }

    let way: Way

    init(_ way: Way) { self.way = way }

    func send(
      _ request: OutboundRequest, to url: OutboundURL
    ) throws(ClientError) -> Response {
      switch way {
      case .curl(let curl): return try curl.send(request, to: url)
      case .plain(let client):
        let fields = request.headers.map {
          HTTPField(name: Array($0.name.utf8), value: Array($0.value.utf8))
        }
        let patience = max(1, request.timeoutMilliseconds) * 1_000_000
        return try client.request(
          request.method, url.target, headers: fields, body: request.body,
          deadline: Clock.monotonic + patience, bodyLimit: request.bodyLimit,
          isAbandoned: request.isAbandoned, isSentOnce: request.isSentOnce)
      }
    }
  }

  /// What is lacking to send a request to `url`; nil when nothing is. For errors before there is
  /// anything to send.
  package static func lack(for url: String) -> ClientError? {
    guard let url = OutboundURL(url) else { return .badURL(badURL) }
    return isPlain(url) || hasLibrary ? nil : .missingLibrary(need(url))
  }

  /// Whether libcurl, which TLS, names of hosts and mails need, is installed.
  package static var hasLibrary: Bool { CurlLibrary.installed != nil }

  /// Sends a request and gives its answer, whatever its status.
  package func send(_ request: OutboundRequest) -> Result<Response, ClientError> {
    guard let url = OutboundURL(request.url) else { return .failure(.badURL(Self.badURL)) }
    for header in request.headers {
      let isName = HTTPField.isName(Array(header.name.utf8))
      guard isName, HTTPField.isValue(Array(header.value.utf8)) else {
        return .failure(.badHeader(header.name))
      }
    }
    let key = "\(url.origin) \(request.authorityFile)"
    do throws(ClientError) {
      let session: Session
      if let kept = take(key) { session = kept } else { session = try Self.session(for: url) }
      let response = try session.send(request, to: url)
      give(session, under: key)
      return .success(response)
    } catch {
      // What is left on the connection is unknown, so it ends here.
      return .failure(error)
    }
  }

  /// Hands a mail to its server. The response's status is the server's last reply, its body that
  /// reply's text.
  package func send(_ mail: OutboundMail) -> Result<Response, ClientError> {
    let isSafe = mail.encryption != .none || OutboundMail.isLoopback(mail.host)
    if mail.username != nil, !isSafe {
      return .failure(
        .transport(
          .unencrypted, host: mail.host,
          detail: "a password is not sent over a connection without encryption"))
    }
    let texts = [mail.host, mail.hello, mail.from] + mail.to
    let areWords = texts.allSatisfy { text in
      text.utf8.allSatisfy {
        0x21...0x7E ~= $0 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
      }
    }
    guard areWords, !mail.to.isEmpty else {
      return .failure(.badHeader("mail address"))
    }
    do throws(ClientError) {
      return .success(try CurlSession(for: "SMTP").send(mail))
    } catch {
      return .failure(error)
    }
  }

  private func take(_ key: String) -> Session? {
    idle.withLock { idle in
      guard let session = idle[key]?.popLast() else { return nil }
      if idle[key]?.isEmpty == true { idle[key] = nil }
      return session
    }
  }

  private func give(_ session: Session, under key: String) {
    idle.withLock { idle in
      guard idle[key]?.count ?? 0 < connectionsPerServer else { return }
      if idle[key] == nil, idle.count >= Self.originLimit, let other = idle.keys.first {
        idle[other] = nil
      }
      idle[key, default: []].append(session)
    }
  }

  private static let badURL =
    "cannot use the URL: expected http://HOST:PORT/PATH or the same with https"

  private static func need(_ url: OutboundURL) -> String {
    url.scheme == .https ? "HTTPS" : "HTTP to a host by name"
  }

  /// Whether our own client can ask there: it looks up no names.
  private static func isPlain(_ url: OutboundURL) -> Bool {
    guard url.scheme == .http else { return false }
    do throws(ClientError) {
      _ = try Endpoint(url.origin)
      return true
    } catch {
      return false
    }
  }

  private static func session(for url: OutboundURL) throws(ClientError) -> Session {
    guard isPlain(url) else { return Session(.curl(try CurlSession(for: need(url)))) }
    return Session(.plain(try HTTPClient(url: url.origin)))
  }
}
