internal import Codec
package import Serving

/// The routes that describe all routes: a list, a document for programs, a page for people.
package struct DocumentationRoutes: Sendable {
  /// All of them.
  package let all: [Route]

  /// Descriptions of `routes` and of themselves, of a collector of this version.
  package init(describing routes: [Route], version: String) {
    let nothing = Response(body: [])
    let described = Self.routes(nothing, nothing, nothing) + routes
    all = Self.routes(
      Response(body: Self.index(described, version)),
      Response(body: OpenAPIDocument(described, version: version).json),
      Response(
        contentType: "text/html; charset=utf-8", headers: DocumentationPage.headers,
        body: DocumentationPage(described, version: version).html))
  }

  private static func routes(
    _ index: Response, _ document: Response, _ page: Response
  ) -> [Route] {
    [
      Route("GET", "/", .open, .query { _ in index }),
      Route("GET", "/v1/openapi.json", .open, .query { _ in document }),
      Route("GET", "/docs", .open, .query { _ in page }),
    ]
  }

  /// Where to go from here, for one who opens the address: what there is, who may use it, and what
  /// callers bound to a tenant get.
  private static func index(_ routes: [Route], _ version: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (name, text) in [
      ("service", "barograph"), ("version", version), ("documentation", "/docs"),
      ("description", "/v1/openapi.json"),
    ] {
      json.member(name, text)
    }
    json.key("routes")
    json.beginArray()
    for route in routes {
      json.beginObject()
      json.member("method", route.method)
      json.member("path", route.template)
      json.member("role", route.role.text)
      json.member("tenants", route.tenancy.rawValue)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes + [0x0A]
  }
}
