/// Writes the answer to one request: status line, headers, body. Keeps the promises that framing
/// rests on, so that no answer can be taken for two.
package struct ResponseWriter: Sendable {
  private let version: HTTPVersion
  private let isHeadRequest: Bool
  private let date: [UInt8]
  private let requestID: [UInt8]
  /// Whether the connection stays open after this answer.
  package let keepsAlive: Bool

  /// The answer to `request`. `date` is `HTTPDate`'s text; `requestID` is left out when empty. The
  /// connection stays open only if both the request and `keepsAlive` want it.
  package init(
    to request: RequestHead, keepsAlive: Bool = true, date: [UInt8], requestID: [UInt8]
  ) {
    precondition(HTTPField.isValue(requestID), "a request id holds no control characters")
    version = request.version
    isHeadRequest = request.method == .head
    self.keepsAlive = keepsAlive && request.keepsAlive
    self.date = date
    self.requestID = requestID
  }

  /// The answer to a request that could not be read; it closes the connection.
  package init(date: [UInt8], requestID: [UInt8]) {
    precondition(HTTPField.isValue(requestID), "a request id holds no control characters")
    version = .http11
    isHeadRequest = false
    keepsAlive = false
    self.date = date
    self.requestID = requestID
  }

  /// Adds a whole answer to `output`. HEAD gets the headers of `body` alone. 204 and 304 have none,
  /// so `body` must be empty then.
  package func append(
    _ status: Int, _ fields: [HTTPField] = [], body: [UInt8] = [], to output: inout [UInt8]
  ) {
    precondition(status >= 200, "an answer is final; append(continueTo:) says 100")
    appendHead(status, fields, closes: !keepsAlive, to: &output)
    guard HTTPStatus.allowsBody(status) else {
      precondition(body.isEmpty, "204 and 304 have no body")
      output.appendLineEnd()
      return
    }
    output.append(text: "Content-Length: ")
    output.append(decimal: body.count)
    output.append(text: "\r\n\r\n")
    if !isHeadRequest { output.append(contentsOf: body) }
  }

  /// Adds the head of an answer whose length is not known yet, and gives the writer of its body:
  /// in chunks or, for HTTP/1.0, until the connection closes.
  package func begin(
    _ status: Int, _ fields: [HTTPField] = [], to output: inout [UInt8]
  ) -> StreamWriter {
    precondition(HTTPStatus.allowsBody(status), "a stream needs a status with a body")
    let isOld = version == .http10
    appendHead(status, fields, closes: isOld || !keepsAlive, to: &output)
    if !isOld { output.append(text: "Transfer-Encoding: chunked\r\n") }
    output.appendLineEnd()
    return StreamWriter(
      framing: isHeadRequest ? .none : isOld ? .untilClose : .chunked,
      keepsAlive: keepsAlive && !isOld)
  }

  /// Adds `100 Continue`, which invites the body of a request that waits for it.
  package static func append(continueTo output: inout [UInt8]) {
    output.append(text: "HTTP/1.1 100 Continue\r\n\r\n")
  }

  private func appendHead(
    _ status: Int, _ fields: [HTTPField], closes: Bool, to output: inout [UInt8]
  ) {
    precondition((100...999).contains(status), "a status has three digits")
    output.append(text: "HTTP/1.1 ")
    output.append(decimal: status)
    output.append(ASCII.space)
    output.append(text: HTTPStatus.reason(status))
    output.append(text: "\r\nDate: ")
    output.append(contentsOf: date)
    output.appendLineEnd()
    if !requestID.isEmpty {
      output.append(text: "X-Request-ID: ")
      output.append(contentsOf: requestID)
      output.appendLineEnd()
    }
    for field in fields { output.append(contentsOf: field.line) }
    if closes {
      output.append(text: "Connection: close\r\n")
    } else if version == .http10 {
      output.append(text: "Connection: keep-alive\r\n")
    }
  }
}

/// Writes the body of an answer whose length is not known when it begins.
package struct StreamWriter: Sendable {
  private let framing: BodyFraming
  /// Whether the connection stays open after the body; if not, closing it is what ends the body.
  package let keepsAlive: Bool

  init(framing: BodyFraming, keepsAlive: Bool) {
    self.framing = framing
    self.keepsAlive = keepsAlive
  }

  /// Adds a piece of the body. An empty piece adds nothing, as an empty chunk would be the end.
  package func append(_ piece: [UInt8], to output: inout [UInt8]) {
    guard !piece.isEmpty else { return }
    switch framing {
    case .none, .length: break
    case .untilClose: output.append(contentsOf: piece)
    case .chunked:
      output.append(contentsOf: String(piece.count, radix: 16).utf8)
      output.appendLineEnd()
      output.append(contentsOf: piece)
      output.appendLineEnd()
    }
  }

  /// Ends the body.
  package func end(to output: inout [UInt8]) {
    if framing == .chunked { output.append(text: "0\r\n\r\n") }
  }
}
