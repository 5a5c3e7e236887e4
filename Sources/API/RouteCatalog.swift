package import Serving

/// What is known of every route beside its declaration, and the shapes that several share.
package enum RouteCatalog {
  /// One note a route, in the order in which they are shown.
  package static let notes: [RouteNote] =
    intake + history + groups + windows + money + alerts + silences + prometheus + lists
    + grafana + tables + administration + privacy + health

  /// The shapes that the document knows by name.
  static let shapes: [(name: String, shape: Shape)] =
    errorShapes + intakeShapes + eventShapes + groupShapes + windowShapes + sourceShapes
    + alertShapes + prometheusShapes + grafanaShapes + administrationShapes + privacyShapes

  /// The note of a route, or nil.
  package static func note(of route: Route) -> RouteNote? {
    byRoute["\(route.method) \(route.pattern)"]
  }

  private static let byRoute = Dictionary(
    notes.map { ("\($0.method) \($0.path)", $0) }
  ) { first, _ in
    preconditionFailure("\(first.method) \(first.path) has two notes")
  }
}

// MARK: What several use
extension RouteCatalog {
  /// A moment as people write it: a number since 1970, or RFC 3339.
  static let moment = Shape.either(.number, .time)

  /// The parameters of lists that go on.
  static let paging: [RouteNote.Parameter] = [
    .query("limit", .whole(1...ListPage.most), "how many at most; 100 unless given"),
    .query("cursor", .whole(from: 1), "what an earlier answer gave as `next`"),
  ]

  /// The answer of a list: its items under a name, and where to go on.
  static func page(_ name: String, of shape: Shape) -> Shape {
    .object([(name, .list(of: shape)), ("next", next)])
  }

  static let next = Shape.text.orNull.noted("the `cursor` of the next page; null at the end")

  /// A choice of words that stand in a list with commas.
  static func choice(of words: [String]) -> Shape { .list(of: .words(words)) }
}

// MARK: Errors
extension RouteCatalog {
  static let errorShapes: [(name: String, shape: Shape)] = [
    (
      "Error",
      .object([
        "error": .object([
          "code": .text.noted("for programs: a stable word"),
          "message": .text.noted("for people; never holds what was sent as payload"),
          "hint": .text.noted("what to do, or empty"),
          "request_id": .text.noted("also in the header X-Request-Id"),
        ])
      ])
    ),
    (
      "Status",
      .object([
        "code": .whole.noted("gRPC's number for what went wrong"), "message": .text,
      ]).noted("google.rpc.Status, as OpenTelemetry asks for")
    ),
  ]
}
