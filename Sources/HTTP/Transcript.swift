package import Codec

/// Reads a connection's bytes as its owner would, message after message, and notes down all that
/// was understood. Two deliveries of the same bytes must give the same transcript.
package struct Transcript {
  /// Which side's messages stand in the bytes.
  package enum Side: Sendable {
    case requests
    /// Responses to requests with this method.
    case responses(HTTPMethod)
  }

  private static let bodyBytes = 1 << 20

  private let side: Side
  private let limits: HTTPLimits
  private var requests: RequestParser
  private var responses: ResponseParser
  private var body: BodyDecoder?
  private var position = 0
  private var isOver = false
  /// What was understood, a line a message.
  package private(set) var text: [UInt8] = []

  /// A transcript of nothing yet.
  package init(_ side: Side, limits: HTTPLimits = HTTPLimits()) {
    self.side = side
    self.limits = limits
    requests = RequestParser(limits: limits)
    responses = ResponseParser(limits: limits)
  }

  /// Reads on; `view` holds all bytes of the connection so far.
  package mutating func read(_ view: ByteView) {
    while !isOver {
      guard body == nil ? readHead(view) : readBody(view) else { return }
    }
  }

  /// Notes that the peer closed the connection.
  package mutating func close() {
    guard !isOver, let body else { return }
    note(body.end())
  }

  private mutating func readHead(_ view: ByteView) -> Bool {
    switch side {
    case .requests:
      switch requests.parse(view) {
      case .needMore: return false
      case .failure(let failure): fail(failure)
      case .head(let head):
        note(head, view)
        begin(head.body, at: head.end)
      }
    case .responses(let method):
      switch responses.parse(view) {
      case .needMore: return false
      case .failure(let failure): fail(failure)
      case .head(let head):
        note(head, view)
        begin(head.body(of: method), at: head.end)
      }
    }
    return true
  }

  private mutating func begin(_ framing: BodyFraming, at offset: Int) {
    position = offset
    do throws(HTTPFailure) {
      body = try BodyDecoder(framing, limits: limits, bodyBytes: Self.bodyBytes)
    } catch {
      fail(error)
    }
  }

  private mutating func readBody(_ view: ByteView) -> Bool {
    guard var decoder = body else { return false }
    let step = decoder.next(view, &position)
    body = decoder
    switch step {
    case .needMore: return false
    case .data(let range): text.append(contentsOf: view.copy(range))
    case .finished, .failure: note(step)
    }
    return true
  }

  private mutating func note(_ step: BodyStep) {
    switch step {
    case .needMore, .data: break
    case .failure(let failure): fail(failure)
    case .finished:
      text.append(text: "\"\n")
      body = nil
      requests.begin(at: position)
      responses.begin(at: position)
    }
  }

  private mutating func fail(_ failure: HTTPFailure) {
    text.append(text: "!")
    text.append(decimal: failure.status)
    text.append(ASCII.space)
    text.append(text: failure.code)
    text.append(text: "\n")
    isOver = true
  }
}

// MARK: Heads
extension Transcript {
  private mutating func note(_ head: RequestHead, _ view: ByteView) {
    text.append(contentsOf: view.copy(head.methodText))
    text.append(ASCII.space)
    text.append(contentsOf: view.copy(head.path))
    note("query", head.query, view)
    text.append(text: head.version == .http11 ? " 1.1" : " 1.0")
    let known: [(StaticString, ByteRange?)] = [
      ("host", head.host), ("type", head.contentType), ("coding", head.contentEncoding),
      ("accept", head.accept), ("accept-encoding", head.acceptEncoding),
      ("authorization", head.authorization), ("id", head.requestID), ("origin", head.origin),
      ("site", head.fetchSite), ("traceparent", head.traceparent), ("key", head.idempotencyKey),
      ("agent", head.userAgent),
      ("scrape", head.scrapeTimeout), ("x-extra", head.value(of: "x-extra", in: view)),
    ]
    for (name, range) in known { note(name, range, view) }
    note(head.body)
    if head.expectsContinue { text.append(text: " expects") }
    text.append(text: head.keepsAlive ? " keeps \"" : " closes \"")
  }

  private mutating func note(_ head: ResponseHead, _ view: ByteView) {
    text.append(decimal: head.status)
    text.append(text: head.version == .http11 ? " 1.1" : " 1.0")
    note("type", head.contentType, view)
    note("coding", head.contentEncoding, view)
    note("x-extra", head.value(of: "x-extra", in: view), view)
    guard case .responses(let method) = side else { return }
    note(head.body(of: method))
    text.append(text: head.keepsAlive(after: method) ? " keeps \"" : " closes \"")
  }

  private mutating func note(_ name: StaticString, _ range: ByteRange?, _ view: ByteView) {
    guard let range else { return }
    text.append(ASCII.space)
    text.append(text: name)
    text.append(ASCII.equals)
    text.append(contentsOf: view.copy(range))
  }

  private mutating func note(_ framing: BodyFraming) {
    switch framing {
    case .none: break
    case .chunked: text.append(text: " chunked")
    case .untilClose: text.append(text: " until-close")
    case .length(let length):
      text.append(text: " length=")
      text.append(decimal: length)
    }
  }
}
