internal import Codec
internal import HTTP
internal import LinuxIO
internal import Telemetry

extension EventLoop {
  /// Bytes of input memory that a connection keeps between requests.
  private static let keptInput = 4 << 10

  /// Bytes of a stream that wait for a slow client.
  private static let streamBuffer = 1 << 20

  /// Does what the route of a complete request says.
  func dispatch(_ connection: Connection) {
    guard let request = connection.request, let index = request.route else {
      preconditionFailure("a request without a route is answered before its body")
    }
    if let excess = excess(request.caller, index) {
      return answer(connection, refusal(excess, of: request))
    }
    switch table[index].action {
    case .intake(let format): takeIn(connection, format)
    case .query(let compute):
      submit(connection, to: shared.queries, compute)
    case .evaluation(let compute):
      submit(connection, to: shared.evaluations, compute)
    case .stream(let start):
      guard let asked = asked(connection) else { return }
      let (mailbox, token) = (mailbox, connection.token)
      let sink = StreamSink(limit: Self.streamBuffer) { mailbox.post(.flush(token)) }
      hand(connection, to: shared.queries) {
        switch start(asked) {
        case .answered(let response): mailbox.post(.answer(token, response))
        case .accepted(let contentType, let headers, let begin):
          let fields = Self.fields(contentType, headers)
          mailbox.post(.begin(token, sink, fields))
          begin(sink)
        }
      }
    }
  }

  private func submit(
    _ connection: Connection, to pool: QueryPool,
    _ answer: @escaping @Sendable (Request) -> Response
  ) {
    guard inflated(connection), let asked = asked(connection) else { return }
    let (mailbox, token) = (mailbox, connection.token)
    hand(connection, to: pool) {
      mailbox.post(.answer(token, answer(asked).compressed(for: asked.acceptEncoding)))
    }
  }

  private func hand(
    _ connection: Connection, to pool: QueryPool, _ job: @escaping QueryPool.Job
  ) {
    guard !pool.submit(job) else { return }
    let error = ErrorBody(503, "queries_full", "too many queries wait", retryAfter: 1)
    answer(connection, refusal(error, of: connection.request))
  }

  /// The request as a query thread sees it; one with an unreadable query string is answered.
  private func asked(_ connection: Connection) -> Request? {
    guard let request = connection.request else { return nil }
    do throws(HTTPFailure) {
      var fields = try FormFields(Array(request.query.utf8)).pairs
      let body = unsafe Array(request.body.bytes)
      if MediaType(Array(request.contentType.utf8))?.is("application", "x-www-form-urlencoded")
        == true
      {
        fields += try FormFields(body).pairs
      }
      return Request(
        method: request.method, path: request.path, captures: request.captures, fields: fields,
        body: body, contentType: request.contentType, accept: request.accept,
        acceptEncoding: request.acceptEncoding, id: request.id, receivedAt: request.receivedAt,
        principal: request.caller.principal, cancellation: request.cancellation)
    } catch {
      let error = ErrorBody(400, "bad_query", "the query string is not well encoded")
      answer(connection, refusal(error, of: request))
      return nil
    }
  }

  /// Takes what query threads have done.
  func takeLetters() {
    for letter in mailbox.takeAll() {
      switch letter {
      case .answer(let token, let response):
        if let connection = connection(token) { answer(connection, response) }
      case .begin(let token, let sink, let fields):
        guard let connection = connection(token), connection.isWaiting else {
          sink.close()
          continue
        }
        beginStream(connection, sink, fields)
      case .flush(let token):
        if let connection = connection(token) { flushStream(connection) }
      }
    }
  }

  private func beginStream(
    _ connection: Connection, _ sink: StreamSink, _ fields: [HTTPField]
  ) {
    guard let request = connection.request else { return }
    connection.phase = .streaming(sink)
    connection.stream = writer(for: request).begin(
      200, fields + [Self.noStore] + Self.permission(request), to: &connection.output)
    count(request, status: 200)
    flush(connection)
  }

  /// Sends what a stream has ready, unless much waits for the client already: this is to be called
  /// again when that has gone.
  func flushStream(_ connection: Connection) {
    guard case .streaming(let sink) = connection.phase,
      connection.output.count - connection.sent < Self.streamBuffer
    else { return }
    let (bytes, end) = sink.take()
    connection.stream?.append(bytes, to: &connection.output)
    guard let end else { return flush(connection) }
    // Without the last chunk the client knows that something is missing.
    if end == .whole { connection.stream?.end(to: &connection.output) }
    guard end == .whole, connection.stream?.keepsAlive == true, let request = connection.request
    else {
      connection.phase = .ending
      return flush(connection)
    }
    connection.stream = nil
    conclude(connection, request)
  }

  /// Sends an answer and makes ready for the next request.
  func answer(_ connection: Connection, _ response: Response) {
    guard var request = connection.request else { return }
    if isDraining { request.closes = true }
    var fields = Self.fields(response.contentType, response.headers)
    if !request.allow.isEmpty { fields.append(HTTPField("Allow", Array(request.allow.utf8))) }
    fields += Self.permission(request)
    writer(for: request).append(
      response.status, fields, body: response.body, to: &connection.output)
    count(request, status: response.status)
    conclude(connection, request)
  }

  private static func fields(
    _ contentType: String, _ headers: [(name: String, value: String)]
  ) -> [HTTPField] {
    [HTTPField("Content-Type", Array(contentType.utf8))]
      + headers.map { HTTPField(name: Array($0.name.utf8), value: Array($0.value.utf8)) }
  }

  /// Lets a web page whose origin may ask read the answer.
  private static func permission(_ request: PendingRequest) -> [HTTPField] {
    guard !request.origin.isEmpty else { return [] }
    return [
      HTTPField("Access-Control-Allow-Origin", Array(request.origin.utf8)),
      HTTPField("Vary", "Origin"),
    ]
  }

  /// Ends an answered request and goes on with what the client sent after it.
  private func conclude(_ connection: Connection, _ request: PendingRequest) {
    shared.memory.release(request.reserved)
    batches.giveBack(request.body)
    connection.request = nil
    if connection.input.count == 0 { connection.input.reset(keeping: Self.keptInput) }
    connection.startedAt = Clock.coarseMonotonic
    let closes = request.closes || isDraining
    connection.phase = closes ? .ending : .head
    flush(connection)
    guard self.connection(connection.token) != nil, !closes else { return }
    if connection.interest.isEmpty { watch(connection, .read) }
    if connection.input.count > 0 { advance(connection) }
  }

  private func writer(for request: PendingRequest) -> ResponseWriter {
    let now = date.at(Clock.coarseWall)
    let id = Array(request.id.utf8)
    guard let head = request.head else { return ResponseWriter(date: now, requestID: id) }
    return ResponseWriter(to: head, keepsAlive: !request.closes, date: now, requestID: id)
  }

  private static let noStore = HTTPField("Cache-Control", "no-store")

  /// Answers a request that cannot be read on, and ends the connection.
  func fail(_ connection: Connection, _ error: ErrorBody) {
    if connection.request == nil {
      connection.request = PendingRequest.unreadable(
        id: "", at: Clock.wall, body: batches.slab(0))
    }
    connection.request?.closes = true
    answer(connection, refusal(error, of: connection.request))
  }

  private func count(_ request: PendingRequest, status: Int) {
    http.count(
      route: request.route.map { table[$0].pattern } ?? "none", method: request.method,
      status: status, nanoseconds: Clock.wall - request.receivedAt)
  }

  /// Undoes a content coding into `target`; gives the refusal when that cannot be done.
  func inflate(
    _ source: ByteSlab, as format: Inflater.Format, into target: ByteSlab
  ) -> ErrorBody? {
    var inflater = Inflater(format)
    var used = 0
    do throws(InflateError) {
      while used < source.count {
        let input = unsafe UnsafeRawBufferPointer(rebasing: source.bytes[used...])
        let room = unsafe target.room(64 << 10)
        let progress = unsafe try inflater.inflate(input, into: room)
        target.commit(progress.produced)
        used += progress.consumed
        if inflater.produced > settings.inflated {
          limits.count(.inflated)
          return ErrorBody(
            413, "too_large", "the body inflates to more than \(settings.inflated) bytes")
        }
        if progress.consumed == 0 && progress.produced == 0 { break }
      }
      try inflater.finish()
      return nil
    } catch {
      return ErrorBody(400, "bad_encoding", "the body does not inflate")
    }
  }
}
