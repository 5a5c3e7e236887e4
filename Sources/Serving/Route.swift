internal import HTTP
package import Intake

/// What a caller must be allowed to do to use a route.
package enum Role: UInt8, CaseIterable, Sendable {
  case open, ingest, read, admin

  /// The role as the configuration and messages name it.
  package var text: String { "\(self)" }
}

/// What a caller bound to a tenant gets of a route.
package enum Tenancy: String, Sendable {
  /// Nothing: the answer cannot be narrowed to one tenant.
  case refused
  /// What carries its tenant: the route's action narrows by `Request.principal`.
  case narrowed
  /// What everybody gets: nobody's data are in it.
  case same
}

/// How the body of an intake route is read.
package enum IntakeFormat: Sendable {
  /// Newline-separated records, or one document when the content type is JSON.
  case events
  /// A request of OpenTelemetry's protocol, in protobuf or JSON.
  case otlp(OTLPSignal)
}

/// One route: which requests it takes and what happens to them.
package struct Route: Sendable {
  /// What happens to a request.
  package enum Action: Sendable {
    /// Its body is decoded, stored and answered by the intake thread itself.
    case intake(IntakeFormat)
    /// A query thread computes the answer.
    case query(@Sendable (Request) -> Response)
    /// The same on threads kept for what may take long, so that nothing else waits for it.
    case evaluation(@Sendable (Request) -> Response)
    /// A query thread starts a stream, or answers at once.
    case stream(@Sendable (Request) -> StreamAnswer)
  }

  /// GET, POST …; HEAD goes with GET.
  package let method: String
  /// Path parts; one that starts with `:` takes any part and gives it to the request by name.
  package let parts: [String]
  package let role: Role
  package let tenancy: Tenancy
  package let action: Action

  /// The route of `method` and `path`. Callers bound to a tenant get nothing of one that does not
  /// say that it narrows its answer, lest one be forgotten; intake binds by itself, and open routes
  /// are for everybody.
  package init(
    _ method: String, _ path: String, _ role: Role, tenancy: Tenancy? = nil, _ action: Action
  ) {
    self.method = method
    self.parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    self.role = role
    self.action = action
    if case .intake = action {
      self.tenancy = .narrowed
    } else {
      self.tenancy = tenancy ?? (role == .open ? .same : .refused)
    }
  }

  /// The path as a pattern, for labels.
  package var pattern: String { "/" + parts.joined(separator: "/") }

  /// The path as OpenAPI writes it, with named parts in braces.
  package var template: String {
    "/" + parts.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0 }.joined(separator: "/")
  }

  /// The named parts, decoded, if `path` is one of this route, else nil. A slash at its end is no
  /// part.
  package func match(_ path: [Substring]) -> [String: String]? {
    guard path.count == parts.count else { return nil }
    var captured: [String: String] = [:]
    for (part, given) in zip(parts, path) {
      if part.hasPrefix(":") {
        // What is not well encoded stands for itself.
        let decoded = PercentCoding.decode(Array(given.utf8), plusIsSpace: false)
        captured[String(part.dropFirst())] =
          decoded.map { String(decoding: $0, as: UTF8.self) } ?? String(given)
      } else if part != given {
        return nil
      }
    }
    return captured
  }
}

/// What becomes of a request for a stream.
package enum StreamAnswer: Sendable {
  /// There is no stream.
  case answered(Response)
  /// `begin` is given the sink once the answer's head is on its way; what is sent to it goes out as
  /// it comes.
  case accepted(
    contentType: String, headers: [(name: String, value: String)] = [],
    begin: @Sendable (StreamSink) -> Void)
}

/// A request as a query thread sees it.
package struct Request: Sendable {
  package let method: String
  package let path: String
  /// The named parts of the path, decoded.
  package let captures: [String: String]
  /// Query and form fields in order.
  package let fields: [(name: String, value: String)]
  package let body: [UInt8]
  package let contentType: String
  package let accept: String
  package let acceptEncoding: String
  package let id: String
  package let receivedAt: Int64
  /// Who asks.
  package let principal: Principal
  /// Whether the client still waits.
  package let cancellation: Cancellation

  /// A request of these parts.
  package init(
    method: String, path: String, captures: [String: String],
    fields: [(name: String, value: String)], body: [UInt8], contentType: String, accept: String,
    acceptEncoding: String = "", id: String, receivedAt: Int64,
    principal: Principal = .anonymous([.ingest, .read]),
    cancellation: Cancellation = Cancellation()
  ) {
    self.method = method
    self.path = path
    self.captures = captures
    self.fields = fields
    self.body = body
    self.contentType = contentType
    self.accept = accept
    self.acceptEncoding = acceptEncoding
    self.id = id
    self.receivedAt = receivedAt
    self.principal = principal
    self.cancellation = cancellation
  }

  /// The first value of a field.
  package subscript(name: String) -> String? {
    fields.first { $0.name == name }?.value
  }
}

/// An answer.
package struct Response: Sendable {
  package var status: Int
  package var contentType: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  /// An answer of these parts.
  package init(
    status: Int = 200, contentType: String = "application/json",
    headers: [(name: String, value: String)] = [], body: [UInt8]
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }
}
