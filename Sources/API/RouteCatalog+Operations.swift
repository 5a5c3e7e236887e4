/// The collector itself: how it is, what it can, and what only an administrator may.
extension RouteCatalog {
  private static let done = Shape.object(["status": .word("ok")])

  static let administration: [RouteNote] = [
    RouteNote("POST", "/v1/reload", .administration, "Read the configuration again")
      .explained("Everything of it is put in force, or nothing.")
      .gives("it is in force", done)
      .refuses(400, "what is wrong with it; the old one stays in force"),
    RouteNote("GET", "/v1/backup", .administration, "Show how the last backup is going")
      .gives("its state", .named("Backup")),
    RouteNote("POST", "/v1/backup", .administration, "Begin a backup of the store")
      .readsJSON(
        .object([
          "file": .filledText.noted("a path on the collector's machine, from its root"),
          "replace": .flag.optional.noted("whether a file of that name may be replaced"),
        ]),
        example: #"{"file":"/var/backups/barograph.sqlite"}"#
      )
      .gives(202, "it has begun", .named("Backup"))
      .refuses(409, "it cannot begin, and why"),
    RouteNote("GET", "/v1/keys", .administration, "List keys, without what they are")
      .gives("the keys", page("keys", of: .named("Key"))),
    RouteNote("POST", "/v1/keys", .administration, "Make a key")
      .readsJSON(
        .object([
          "name": .filledText.noted("letters, digits and `_ . -`"),
          "roles": .list(of: .words(["ingest", "read", "admin"]), least: 1),
          "tenant": .text.optional.noted("the only one whose data it sends and sees"),
          "events_per_s": .number(from: 0).optional, "requests_per_s": .number(from: 0).optional,
          "expires": .text.optional.noted("a time, or a span such as `90d`"),
        ]),
        example: #"{"name":"grafana","roles":["read"],"expires":"90d"}"#
      )
      .gives(
        201, "the key, which nobody gets to see again",
        .object([("key", .text)] + keyMembers)
      )
      .refuses(400, "what is wrong with it"),
    RouteNote("DELETE", "/v1/keys/:name", .administration, "Revoke a key")
      .takes([.path("name", "the key's name", example: "grafana")])
      .gives("the key, revoked", .named("Key"))
      .refuses(404, "there is no such key")
      .refuses(503, "the file of keys cannot be written"),
  ]

  private static let keyMembers: [(String, Shape)] = [
    ("name", .text), ("prefix", .text.noted("its first characters, to tell it by")),
    ("roles", .list(of: .words(["ingest", "read", "admin"]))), ("tenant", .text.optional),
    ("events_per_s", .number.optional), ("requests_per_s", .number.optional), ("created", .time),
    ("expires", .time.optional), ("revoked", .time.optional),
  ]

  static let administrationShapes: [(name: String, shape: Shape)] = [
    ("Key", .object(keyMembers)),
    (
      "Backup",
      .object([
        "phase": .words(["idle", "copying", "checking", "done", "failed"]), "file": .text,
        "pages_done": .count, "pages_total": .count, "message": .text,
      ])
    ),
    (
      "Health",
      .object([
        "status": condition,
        "components": .list(
          of: .object([
            "name": .text, "status": condition, "message": .text, "latency_ms": .number,
          ])),
      ])
    ),
  ]

  private static let condition = Shape.words(["ok", "degraded", "failed"])

  static let health: [RouteNote] = [
    RouteNote("GET", "/", .health, "List the routes")
      .gives(
        "the routes",
        .object([
          "service": .word("barograph"), "version": .text, "documentation": .text,
          "description": .text,
          "routes": .list(
            of: .object([
              "method": .text, "path": .text,
              "role": .words(["open", "ingest", "read", "admin"]),
              "tenants": .words(["refused", "narrowed", "same"]).noted(
                "what callers bound to a tenant get: nothing, their part, or what all get"),
            ])),
        ])),
    RouteNote("GET", "/livez", .health, "Say that the program answers")
      .gives("it does", done),
    readiness("/readyz", "Say whether every part does its work"),
    readiness("/healthz", "The same as `/readyz`"),
    RouteNote("GET", "/metrics", .health, "Show all metrics, for Prometheus to scrape")
      .explained("The format is that of the `Accept` header: text, OpenMetrics or protobuf.")
      .gives(
        "the page",
        [
          .init(type: "text/plain", shape: .bytes),
          .init(type: "application/openmetrics-text", shape: .bytes),
          .init(type: "application/vnd.google.protobuf", shape: .bytes),
        ]),
    RouteNote("GET", "/v1/openapi.json", .health, "Describe every route for programs")
      .gives(
        "this document, OpenAPI \(OpenAPIDocument.dialect)",
        .object([
          "openapi": .word(OpenAPIDocument.dialect), "info": .map(of: .any),
          "tags": .list(of: .map(of: .any)), "paths": .map(of: .any),
          "components": .map(of: .any),
        ])),
    RouteNote("GET", "/docs", .health, "Describe every route for people")
      .gives("a page", [.init(type: "text/html", shape: .bytes)]),
  ]

  private static func readiness(_ path: String, _ summary: String) -> RouteNote {
    RouteNote("GET", path, .health, summary)
      .gives("every part is well", .named("Health"))
      .gives(503, "some part is not", .named("Health"))
  }
}
