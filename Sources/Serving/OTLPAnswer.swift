internal import Codec
internal import HTTP
internal import Intake
internal import Telemetry

/// The answers that the OTLP/HTTP specification asks for, in the request's own encoding.
struct OTLPAnswer {
  let signal: OTLPSignal
  let encoding: OTLPEncoding

  /// The encoding that a content type names; nil for one that OTLP does not have.
  static func encoding(_ contentType: String) -> OTLPEncoding? {
    guard let type = MediaType(Array(contentType.utf8)) else { return nil }
    if type.is("application", "x-protobuf") || type.is("application", "protobuf") {
      return .protobuf
    }
    return type.is("application", "json") ? .json : nil
  }

  private var contentType: String {
    encoding == .protobuf ? "application/x-protobuf" : "application/json"
  }

  /// What became of the request's records: nothing is said where all were taken.
  func response(to batch: EventBatch, headers: [(name: String, value: String)]) -> Response {
    respond(rejected: batch.refusedCount, Self.reasons(batch), headers)
  }

  /// All records count, but with a warning.
  func response(warning: String, headers: [(name: String, value: String)]) -> Response {
    respond(rejected: 0, warning, headers)
  }

  private func respond(
    rejected: Int, _ message: String, _ headers: [(name: String, value: String)]
  ) -> Response {
    let isWhole = rejected == 0 && message.isEmpty
    var body: [UInt8] = []
    switch encoding {
    case .protobuf:
      if !isWhole {
        var partial: [UInt8] = []
        if rejected > 0 { ProtobufWriter.varint(1, UInt64(rejected), to: &partial) }
        ProtobufWriter.bytes(2, Array(message.utf8), to: &partial)
        ProtobufWriter.bytes(1, partial, to: &body)
      }
    case .json:
      var json = JSONWriter()
      json.beginObject()
      if !isWhole {
        json.key("partialSuccess")
        json.beginObject()
        json.key(counter)
        json.value(String(rejected))
        json.key("errorMessage")
        json.value(message)
        json.endObject()
      }
      json.endObject()
      body = json.bytes
    }
    return Response(contentType: contentType, headers: headers, body: body)
  }

  private var counter: String {
    switch signal {
    case .traces: "rejectedSpans"
    case .logs: "rejectedLogRecords"
    case .metrics: "rejectedDataPoints"
    }
  }

  /// Which records were refused, by their place in the request, and why; the first of them.
  private static func reasons(_ batch: EventBatch) -> String {
    let refused = batch.refusedCount
    guard refused > 0 else { return "" }
    let named = batch.refusals.prefix(Limits.namedRejections).map {
      "record \($0.line): \($0.code.text): \($0.message)"
    }
    let rest = refused - named.count
    return named.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
  }

  /// A refusal of the whole request, as a `google.rpc.Status`.
  func response(_ error: ErrorBody, id: String) -> Response {
    let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
    let message = "\(error.message)\(hint)"
    var response = error.response(id: id)
    response.contentType = contentType
    response.body = []
    switch encoding {
    case .protobuf:
      ProtobufWriter.varint(1, Self.code(error.status), to: &response.body)
      ProtobufWriter.bytes(2, Array(message.utf8), to: &response.body)
    case .json:
      var json = JSONWriter()
      json.beginObject()
      json.key("code")
      json.value(Self.code(error.status))
      json.key("message")
      json.value(message)
      json.endObject()
      response.body = json.bytes
    }
    return response
  }

  /// The gRPC code that goes with an HTTP status.
  private static func code(_ status: Int) -> UInt64 {
    switch status {
    case 401: 16
    case 403: 7
    case 404: 5
    case 405: 12
    case 413, 429: 8
    case 500: 13
    case 502, 503, 504: 14
    default: 3
    }
  }
}

extension EventLoop {
  /// How to answer a request to one of OTLP's paths, by whatever method; nil for another's.
  func otlpAnswer(_ request: PendingRequest) -> OTLPAnswer? {
    var index = request.route
    if index == nil, case .route(let other, _) = table.find("POST", request.path) { index = other }
    guard let index, case .intake(.otlp(let signal)) = table[index].action else { return nil }
    return OTLPAnswer(
      signal: signal, encoding: OTLPAnswer.encoding(request.contentType) ?? .json)
  }

  /// A refusal in the shape that the request's path has.
  func refusal(_ error: ErrorBody, of request: PendingRequest?) -> Response {
    guard let request else { return error.response(id: "") }
    if let answer = PrometheusError(request.path, error) { return answer.response }
    return otlpAnswer(request)?.response(error, id: request.id) ?? error.response(id: request.id)
  }

  /// Decodes an OTLP request's body and hands it to the writer; one without records is answered at
  /// once.
  func takeInOTLP(_ connection: Connection, _ signal: OTLPSignal) {
    guard let pending = connection.request else { return }
    guard let encoding = OTLPAnswer.encoding(pending.contentType) else {
      return answer(connection, refusal(Self.unsupportedType, of: pending))
    }
    guard inflated(connection), let request = connection.request else { return }
    let batch = batches.batch(around: request.body)
    connection.request?.body = batches.slab(0)
    batch.door = .otlp
    batch.receivedAt = request.receivedAt
    bind(batch, to: request.caller)
    batch.ticket = connection.token
    do throws(OTLPError) {
      try decoder.decodeOTLP(batch, signal, encoding)
    } catch {
      batches.giveBack(batch)
      let message = "cannot decode the request: \(error.cause)"
      return answer(connection, refusal(ErrorBody(400, "bad_otlp", message), of: request))
    }
    if batch.recordCount == 0 {
      batches.giveBack(batch)
      let empty = OTLPAnswer(signal: signal, encoding: encoding)
      return answer(connection, empty.response(warning: "", headers: []))
    }
    handOver(batch, connection)
  }

  private static let unsupportedType = ErrorBody(
    415, "unsupported_type", "OTLP comes as application/x-protobuf or application/json")

  /// The answer to an OTLP request that the writer is done with.
  func reply(to batch: EventBatch, _ request: PendingRequest, _ otlp: OTLPAnswer) -> Response {
    if case .refused(let trouble) = batch.outcome {
      if batch.isCounted {
        let warning = "counted, but not stored: \(trouble.text)"
        return otlp.response(warning: warning, headers: [("Barograph-Durability", "none")])
      }
      return otlp.response(Self.refused(trouble), id: request.id)
    }
    return otlp.response(to: batch, headers: [("Barograph-Durability", settings.durability)])
  }

  /// Nothing of the request was stored; it may come again.
  static func refused(_ trouble: StoreTrouble) -> ErrorBody {
    ErrorBody(
      503, trouble.text, "the store cannot take this in now; nothing of it was taken",
      hint: "send it again after Retry-After; see /readyz", retryAfter: 5)
  }
}
