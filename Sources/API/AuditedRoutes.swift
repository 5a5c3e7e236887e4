internal import HTTP
package import History
package import Serving

/// Which routes administer something, and what the audit calls that. A route for administrators
/// that is neither here nor among those that only show fails a test, so none is forgotten.
package enum AuditedRoutes {
  /// What of a request the act was done to.
  enum Target: Sendable {
    /// The named parts of the path.
    case path
    /// A member of the body.
    case member(String)
    case nothing
    /// The handler notes the act itself, because its target must not stand there as it is.
    case ownNote
  }

  /// By method and pattern.
  static let acts: [String: (act: String, target: Target)] = [
    "POST /v1/reload": ("reload", .nothing),
    "POST /v1/backup": ("backup", .member("file")),
    "POST /v1/rejects/replay": ("rejects.replay", .nothing),
    "POST /v1/alerts/:id/ack": ("alert.ack", .path),
    "DELETE /v1/alerts/:id/ack": ("alert.unack", .path),
    "POST /v1/silences": ("silence.add", .nothing),
    "DELETE /v1/silences/:id": ("silence.expire", .path),
    "POST /v1/receivers/:name/test": ("receiver.test", .path),
    "POST /v1/keys": ("keys.add", .member("name")),
    "DELETE /v1/keys/:name": ("keys.revoke", .path),
    "POST /v1/erase": ("erase", .ownNote),
    "POST /v1/export": ("export", .ownNote),
    "POST /v1/holds": ("hold.add", .ownNote),
    "DELETE /v1/holds/:id": ("hold.release", .ownNote),
  ]

  /// Routes for administrators that show and change nothing.
  static let shown: Set<String> = [
    "GET /v1/backup", "GET /v1/keys", "GET /v1/erase", "GET /v1/holds", "GET /v1/audit",
    "GET /v1/audit/verify",
  ]

  /// Routes for administrators, by method and pattern, that nobody decided about.
  package static func undecided(_ routes: [Route]) -> [String] {
    routes.filter { $0.role == .admin }.map { "\($0.method) \($0.pattern)" }
      .filter { acts[$0] == nil && !shown.contains($0) }
  }

  /// Acts that no route does.
  package static func unknown(_ routes: [Route]) -> [String] {
    let names = Set(routes.map { "\($0.method) \($0.pattern)" })
    return acts.keys.filter { !names.contains($0) } + shown.filter { !names.contains($0) }
  }

  /// The routes, each act of which is noted with who did it and what was answered.
  package static func noting(
    _ routes: [Route], cleaning clean: @escaping @Sendable (String) -> String = { $0 },
    _ note: @escaping @Sendable (AuditDraft) -> Void
  ) -> [Route] {
    routes.map { route in
      guard let (act, target) = acts["\(route.method) \(route.pattern)"] else { return route }
      if case .ownNote = target { return route }
      return route.replacing { handler in
        { request in
          let answer = handler(request)
          note(draft(act, clean(object(target, request)), request, answer))
          return answer
        }
      }
    }
  }

  private static func draft(
    _ act: String, _ object: String, _ request: Request, _ answer: Response
  ) -> AuditDraft {
    AuditDraft(
      principal: request.principal.name, act: act, target: object,
      outcome: (200..<300).contains(answer.status) ? "ok" : "\(answer.status)",
      detail: "request \(request.id)")
  }

  private static func object(_ target: Target, _ request: Request) -> String {
    switch target {
    case .path: request.captures.sorted { $0.key < $1.key }.map(\.value).joined(separator: " ")
    case .member(let name): JSONBody(request).text(name) ?? ""
    case .nothing, .ownNote: ""
    }
  }
}

extension Route {
  /// The same route with another handler around its own; streams stay as they are.
  fileprivate func replacing(
    _ wrap: (@escaping @Sendable (Request) -> Response) -> @Sendable (Request) -> Response
  ) -> Route {
    let wrapped: Action
    switch action {
    case .query(let handler): wrapped = .query(wrap(handler))
    case .evaluation(let handler): wrapped = .evaluation(wrap(handler))
    case .intake, .stream: preconditionFailure("\(pattern) notes its acts itself")
    }
    return Route(method, pattern, role, tenancy: tenancy, wrapped)
  }
}
