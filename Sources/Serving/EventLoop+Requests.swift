internal import Codec
internal import HTTP
internal import Intake
internal import LinuxIO
internal import Telemetry

extension EventLoop {
  /// Reads a request's head if it is there; false when more bytes are awaited or the connection
  /// goes on in another way.
  func readHead(_ connection: Connection) -> Bool {
    let view = unsafe ByteView(connection.input)
    if !connection.parser.hasBegun { connection.startedAt = Clock.coarseMonotonic }
    switch connection.parser.parse(view) {
    case .needMore: return false
    case .failure(let failure):
      if failure.isHTTP2Preface {
        shared.log(
          ServingNote(
            "a client speaks HTTP/2 (gRPC) to this port; for OpenTelemetry set "
              + "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"))
      }
      if failure.status == 431 { limits.count(.header) }
      fail(
        connection, ErrorBody(failure.status, "\(failure.code)", "\(failure.message)"))
      return false
    case .head(let head):
      return begin(connection, head, view)
    }
  }

  private func begin(_ connection: Connection, _ head: RequestHead, _ view: ByteView) -> Bool {
    func text(_ range: ByteRange?) -> String {
      guard let range else { return "" }
      return unsafe String(decoding: view.raw(range.start, range.end), as: UTF8.self)
    }
    var request = PendingRequest(
      head: head, method: text(head.methodText), path: text(head.path), query: text(head.query),
      id: requestID(text(head.requestID)), route: nil, closes: !head.keepsAlive || isDraining,
      contentType: text(head.contentType), contentEncoding: text(head.contentEncoding),
      accept: text(head.accept), acceptEncoding: text(head.acceptEncoding),
      idempotencyKey: text(head.idempotencyKey), receivedAt: Clock.wall,
      body: batches.slab(head.contentLength ?? 0))
    let refusal =
      admission(
        &request, connection, host: text(head.host), origin: text(head.origin),
        head.fetchSite.map { site in
          FetchMetadata(
            site: text(site), mode: text(head.value(of: "sec-fetch-mode", in: view)),
            destination: text(head.value(of: "sec-fetch-dest", in: view)))
        })
      ?? request.route.flatMap {
        identify(&request, connection, head, view, for: table[$0])
      }
    do throws(HTTPFailure) {
      request.decoder = try BodyDecoder(head.body, bodyBytes: settings.body)
    } catch {
      connection.request = request
      fail(connection, tooLarge())
      return false
    }
    connection.input.dropFirst(head.end)
    connection.parser.begin(at: 0)
    connection.request = request
    if let refusal {
      // The body is not worth reading; the connection ends with the answer.
      if head.body != .none { connection.request?.closes = true }
      answer(connection, self.refusal(refusal, of: request))
      return !head.keepsAlive ? false : head.body == .none
    }
    if request.isPreflight {
      if head.body != .none { connection.request?.closes = true }
      answer(connection, Response(status: 204, headers: Self.preflight(request.allow), body: []))
      return head.keepsAlive && head.body == .none
    }
    if head.expectsContinue {
      ResponseWriter.append(continueTo: &connection.output)
      flush(connection)
    }
    connection.phase = .body
    return true
  }

  /// Takes a sane id from the caller or makes one.
  private func requestID(_ given: String) -> String {
    let isSane =
      (1...128).contains(given.utf8.count)
      && given.utf8.allSatisfy { byte in
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
          || "._:/+=-".utf8.contains(byte)
      }
    // It goes into logs and answers, so it must not say too much either.
    if isSane, !decoder.isSensitive(given) { return given }
    var digits: [UInt8] = []
    Hex.append(Random.word(), to: &digits)
    Hex.append(Random.word(), to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  /// Finds the route, or says why the request goes no further.
  private func admission(
    _ request: inout PendingRequest, _ connection: Connection, host: String, origin: String,
    _ fetch: FetchMetadata?
  ) -> ErrorBody? {
    let listening = connection.listening
    if listening.checksHost, !hosts.accepts(host: host, at: listening.address) {
      shared.access.book.count(.host)
      return ErrorBody(
        403, "forbidden_host", "the Host header names no host of this collector",
        hint: "add the name to allowed_hosts")
    }
    if !hosts.accepts(origin: origin, fetch ?? .absent) {
      shared.access.book.count(.origin)
      return ErrorBody(
        403, "forbidden_origin", "web pages of this origin may not call",
        hint: "add the origin to allowed_origins")
    }
    request.origin = origin
    let method = request.head?.method == .head ? "GET" : request.method
    if method == "GET", isMisdirectedExport(request) {
      request.allow = "POST"
      return ErrorBody(405, "method_not_allowed", "\(request.path) takes OTLP by POST")
    }
    switch table.find(method, request.path) {
    case .route(let index, let captures):
      request.route = index
      request.captures = captures
      return nil
    case .methods(let methods):
      request.allow = methods.joined(separator: ", ")
      if method == "OPTIONS", !origin.isEmpty {
        request.isPreflight = true
        return nil
      }
      return ErrorBody(
        405, "method_not_allowed", "\(request.path) takes \(methods.joined(separator: ", "))")
    case .nothing:
      return ErrorBody(404, "not_found", "there is no such route", hint: "see GET /")
    }
  }

  /// What a page of an allowed origin may send, for ten minutes.
  private static func preflight(_ methods: String) -> [(name: String, value: String)] {
    [
      ("Access-Control-Allow-Methods", "\(methods), OPTIONS"),
      ("Access-Control-Allow-Headers", "accept, authorization, content-type"),
      ("Access-Control-Max-Age", "600"),
    ]
  }

  /// Whether it says that it carries OTLP's protobuf where that is posted: no question for a list
  /// that has the same path.
  private func isMisdirectedExport(_ request: PendingRequest) -> Bool {
    guard OTLPAnswer.encoding(request.contentType) == .protobuf,
      case .route(let index, _) = table.find("POST", request.path),
      case .intake(.otlp) = table[index].action
    else { return false }
    return true
  }

  /// Counts a body that is too large, and says so.
  func tooLarge() -> ErrorBody {
    limits.count(.body)
    return ErrorBody(
      413, "too_large", "the body is larger than \(settings.body) bytes",
      hint: "send fewer events a request, or raise limits.body")
  }

  /// Reads body bytes; true when the connection can go on at once.
  func readBody(_ connection: Connection) -> Bool {
    guard var request = connection.request, var decoder = request.decoder else { return false }
    let view = unsafe ByteView(connection.input)
    var position = 0
    defer { connection.input.dropFirst(min(position, connection.input.count)) }
    while true {
      let step = decoder.next(view, &position)
      request.decoder = decoder
      switch step {
      case .needMore:
        connection.request = request
        return false
      case .data(let range):
        guard reserve(range.count, &request) else {
          connection.request = request
          fail(connection, overloaded(.memory))
          return false
        }
        unsafe request.body.append(view.raw(range.start, range.end))
      case .failure(let failure):
        connection.request = request
        fail(
          connection,
          failure.status == 413
            ? tooLarge() : ErrorBody(failure.status, "\(failure.code)", "\(failure.message)"))
        return false
      case .finished:
        connection.request = request
        connection.phase = .waiting
        dispatch(connection)
        return true
      }
    }
  }

  private func reserve(_ bytes: Int, _ request: inout PendingRequest) -> Bool {
    guard shared.memory.reserve(bytes) else { return false }
    request.reserved += bytes
    return true
  }

  private static let unknownEncoding = ErrorBody(
    415, "unsupported_encoding", "the body's Content-Encoding is not known",
    hint: "send gzip, deflate or identity")

  /// Undoes the body's content coding; what is not understood or too large is answered.
  func inflated(_ connection: Connection) -> Bool {
    guard var request = connection.request else { return false }
    let format: Inflater.Format
    switch request.contentEncoding.lowercased() {
    case "", "identity": return true
    case "gzip", "x-gzip": format = .fixed(.gzip)
    case "deflate": format = .httpDeflate
    default:
      answer(connection, self.refusal(Self.unknownEncoding, of: request))
      return false
    }
    let target = batches.slab(request.body.count * 4)
    if let refusal = inflate(request.body, as: format, into: target) {
      answer(connection, self.refusal(refusal, of: request))
      return false
    }
    batches.giveBack(request.body)
    request.body = target
    connection.request = request
    return true
  }
}
