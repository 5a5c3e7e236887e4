package import Codec
package import HTTP
import LinuxIO

/// Asks one server over plain HTTP/1.1, one request at a time, on one connection that is kept while
/// both sides agree. Belongs to one thread, which it blocks.
package final class HTTPClient {
  /// Whom it asks.
  package let endpoint: Endpoint
  private let limits: Limits
  private let authorization: [HTTPField]
  private var connection: ClientConnection?

  /// How long a request may take and how much may come back.
  package struct Limits: Equatable, Sendable {
    /// Milliseconds until the connection is accepted.
    package var connectMilliseconds: Int32
    /// Milliseconds in which no byte comes or goes; −1 waits for ever, for streams.
    package var idleMilliseconds: Int32
    /// Bytes of an answer's body; a longer one is a bad response.
    package var bodyBytes: Int

    /// 5 s to connect, 30 s of silence, 64 MiB, unless told otherwise.
    package init(
      connectMilliseconds: Int32 = 5_000, idleMilliseconds: Int32 = 30_000,
      bodyBytes: Int = 64 << 20
    ) {
      self.connectMilliseconds = connectMilliseconds
      self.idleMilliseconds = idleMilliseconds
      self.bodyBytes = bodyBytes
    }
  }

  /// A client of the server at `url`, `http://HOST:PORT` or `unix:PATH`. Connects with the first
  /// request, and brings `key` with each.
  package init(
    url: String, key: Secret? = nil, limits: Limits = Limits()
  ) throws(ClientError) {
    endpoint = try Endpoint(url)
    self.limits = limits
    authorization =
      key.map { [HTTPField("Authorization", Array("Bearer \($0.revealed)".utf8))] } ?? []
    SignalSource.ignoreBrokenPipes()
  }

  /// Sends a request for `path` (with query, beginning with a slash) and reads all of the answer.
  /// Where a kept connection turns out closed before a byte of the answer came, the request is sent
  /// once more on a new one, unless `isSentOnce`. With a `deadline` on the monotonic clock all of
  /// it ends by then; when `isAbandoned` says so, sooner.
  package func request(
    _ method: HTTPMethod, _ path: String, headers: [HTTPField] = [], body: [UInt8]? = nil,
    deadline: Int64? = nil, bodyLimit: Int? = nil, isAbandoned: (@Sendable () -> Bool)? = nil,
    isSentOnce: Bool = false
  ) throws(ClientError) -> Response {
    var bytes: [UInt8] = []
    var exchange = Exchange(
      method: method, path: path, fields: headers, body: body, deadline: deadline,
      bodyLimit: bodyLimit ?? limits.bodyBytes)
    exchange.isAbandoned = isAbandoned
    exchange.isSentOnce = isSentOnce
    let head = try run(exchange) { _, chunk in
      bytes += chunk
      return true
    }
    return Response(status: head.status, headers: head.headers, body: bytes)
  }

  /// Gets `path` and hands over each piece of the body as it comes, with the answer's head (whose
  /// body is empty), for as long as `receive` returns true. Returns the head.
  package func stream(
    _ path: String, headers: [HTTPField] = [], receive: (Response, [UInt8]) -> Bool
  ) throws(ClientError) -> Response {
    let exchange = Exchange(
      method: .get, path: path, fields: headers, body: nil, deadline: nil,
      bodyLimit: limits.bodyBytes)
    return try run(exchange, receive)
  }

  /// One request and how its answer is read.
  private struct Exchange {
    let method: HTTPMethod
    let path: String
    let fields: [HTTPField]
    let body: [UInt8]?
    let deadline: Int64?
    let bodyLimit: Int
    var isAbandoned: (@Sendable () -> Bool)?
    var isSentOnce = false
  }

  private func run(
    _ exchange: Exchange, _ receive: (Response, [UInt8]) -> Bool
  ) throws(ClientError) -> Response {
    let target = Array((endpoint.prefix + exchange.path).utf8)
    guard RequestWriter.isTarget(target) else {
      throw .badURL(
        "cannot ask for \"\(exchange.path)\": expected /PATH?QUERY of visible characters")
    }
    var request: [UInt8] = []
    RequestWriter.append(
      exchange.method, target: target, host: endpoint.host, authorization + exchange.fields,
      body: exchange.body,
      to: &request)
    while true {
      if exchange.isSentOnce, connection?.isStale == true { connection = nil }
      let connection = try takeConnection(by: exchange.deadline)
      connection.isAbandoned = exchange.isAbandoned
      do {
        try connection.send(request)
        return try answer(exchange, on: connection, receive)
      } catch .reset where connection.isReused && !connection.hasRead && !exchange.isSentOnce {
        // The server closed the kept connection while our request was on its way.
        continue
      }
    }
  }

  private func answer(
    _ exchange: Exchange, on connection: ClientConnection, _ receive: (Response, [UInt8]) -> Bool
  ) throws(ClientError) -> Response {
    let (head, headers) = try connection.readHead()
    let response = Response(status: head.status, headers: headers, body: [])
    var decoder: BodyDecoder
    do {
      decoder = try BodyDecoder(head.body(of: exchange.method), bodyBytes: exchange.bodyLimit)
    } catch {
      throw .badResponse(error)
    }
    while let chunk = try connection.readBody(&decoder) {
      guard receive(response, chunk) else { return response }
    }
    if connection.finish(keepsAlive: head.keepsAlive(after: exchange.method)) {
      self.connection = connection
    }
    return response
  }

  /// The kept connection or a new one. It is ours again only after an exchange that ended well.
  private func takeConnection(by deadline: Int64?) throws(ClientError) -> ClientConnection {
    if let kept = connection {
      connection = nil
      kept.deadline = deadline
      return kept
    }
    var patience = limits.connectMilliseconds
    if let deadline {
      let left = (deadline - Clock.monotonic + 999_999) / 1_000_000
      patience = min(patience, Int32(clamping: max(0, left)))
    }
    let connection = try ClientConnection(
      to: endpoint.address, connectMilliseconds: patience,
      idleMilliseconds: limits.idleMilliseconds)
    connection.deadline = deadline
    return connection
  }
}
