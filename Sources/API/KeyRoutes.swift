package import Serving

/// The routes over keys, for whoever may administer.
package struct KeyRoutes: Sendable {
  /// Why a key is not made or revoked: one sentence, and whether it is the file that fails.
  package struct Refusal: Error, Sendable {
    package let message: String

    /// A reason in words.
    package init(_ message: String) { self.message = message }
  }

  /// What a new key should be, in the words of the one who asks.
  package struct Wish: Sendable {
    package let name: String
    package let roles: [String]
    package let tenant: String?
    package let events: String?
    package let requests: String?
    package let expires: String?
  }

  /// What makes a key and gives it as JSON with its text.
  package typealias Add = @Sendable (Wish, Principal) -> Result<[UInt8], Refusal>
  /// What revokes a key and gives it as JSON; nil for one that is not there.
  package typealias Revoke = @Sendable (String, Principal) -> Result<[UInt8]?, Refusal>

  private let list: @Sendable () -> [UInt8]
  private let add: Add
  private let revoke: Revoke

  /// Routes over what lists keys as JSON, makes and revokes them.
  package init(
    list: @escaping @Sendable () -> [UInt8], add: @escaping Add, revoke: @escaping Revoke
  ) {
    (self.list, self.add, self.revoke) = (list, add, revoke)
  }

  /// All of them.
  package var all: [Route] {
    [
      Route("GET", "/v1/keys", .admin, .query { _ in Response(body: list()) }),
      Route("POST", "/v1/keys", .admin, .query { made($0) }),
      Route("DELETE", "/v1/keys/:name", .admin, .query { revoked($0) }),
    ]
  }

  private func made(_ request: Request) -> Response {
    let body = JSONBody(request)
    let wish = Wish(
      name: body.text("name") ?? "", roles: body.texts("roles"), tenant: body.text("tenant"),
      events: body.text("events_per_s"), requests: body.text("requests_per_s"),
      expires: body.text("expires"))
    switch add(wish, request.principal) {
    case .success(let json):
      return Response(
        status: 201, headers: [("Cache-Control", "no-store")], body: json)
    case .failure(let refusal):
      return ErrorBody(
        400, "bad_key", refusal.message,
        hint: "{\"name\":\"grafana\",\"roles\":[\"read\"],\"expires\":\"90d\"}"
      ).response(id: request.id)
    }
  }

  private func revoked(_ request: Request) -> Response {
    let name = request.captures["name"] ?? ""
    switch revoke(name, request.principal) {
    case .success(let json?): return Response(body: json)
    case .success(nil):
      return ErrorBody(
        404, "not_found", "there is no key \(name)", hint: "GET /v1/keys lists them"
      ).response(id: request.id)
    case .failure(let refusal):
      return ErrorBody(503, "not_revoked", refusal.message).response(id: request.id)
    }
  }
}
