internal import Codec
internal import Serving

/// The description of a table of routes in the words of OpenAPI.
struct OpenAPIDocument {
  /// The version of OpenAPI that is spoken, whose schemas are JSON Schema 2020-12.
  static let dialect = "3.1.0"

  /// The routes with their notes; nil where there is none.
  private let entries: [(route: Route, note: RouteNote?)]
  private let version: String

  /// A description of `routes`, of a collector of this version.
  init(_ routes: [Route], version: String) {
    entries = routes.map { ($0, RouteCatalog.note(of: $0)) }
    self.version = version
  }

  /// The document.
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("openapi", Self.dialect)
    writeInformation(to: &json)
    json.key("tags")
    json.beginArray()
    for tag in RouteTag.allCases {
      json.beginObject()
      json.member("name", tag.rawValue)
      json.member("description", tag.note)
      json.endObject()
    }
    json.endArray()
    writePaths(to: &json)
    writeComponents(to: &json)
    json.endObject()
    return json.bytes + [0x0A]
  }

  private func writeInformation(to json: inout JSONWriter) {
    json.key("info")
    json.beginObject()
    json.member("title", "Barograph")
    json.member("version", version)
    json.member("description", Self.preface.joined(separator: "\n\n"))
    json.endObject()
  }

  /// What holds for every route.
  static let preface = [
    "The HTTP interface of one Barograph collector. Every GET route answers HEAD too; another "
      + "method than those described is 405 with `Allow`, another path 404.",
    "Errors are `Error`, with a stable `code`; under `/api/v1` they have Prometheus' shape, and "
      + "for OpenTelemetry they are google.rpc.Status. What cannot be read as HTTP/1.1 at all is "
      + "400, 414, 417, 431, 501 or 505.",
    "Times are RFC 3339 in UTC; where one is asked for, a number since 1970 will do. Amounts of "
      + "money are decimals as text, so that nothing is lost. What is not known is null or "
      + "absent, never 0.",
    "Lists take `limit` and `cursor`; the next page's cursor is `next`, which is null at the end.",
    "Every answer has `X-Request-Id`: the one that was sent, or a new one.",
  ]
}

// MARK: Paths
extension OpenAPIDocument {
  private func writePaths(to json: inout JSONWriter) {
    var paths: [String] = []
    for (route, _) in entries where !paths.contains(route.template) {
      paths.append(route.template)
    }
    json.key("paths")
    json.beginObject()
    for path in paths {
      json.key(path)
      json.beginObject()
      for (route, note) in entries where route.template == path {
        json.key(route.method.lowercased())
        write(route, note, to: &json)
      }
      json.endObject()
    }
    json.endObject()
  }

  private func write(_ route: Route, _ note: RouteNote?, to json: inout JSONWriter) {
    json.beginObject()
    json.member("operationId", route.operation)
    if let note {
      json.member("tags", [note.tag.rawValue])
      json.member("summary", note.summary)
      if !note.details.isEmpty { json.member("description", note.details) }
    }
    write(note?.parameters ?? [], to: &json)
    if let body = note?.body {
      json.key("requestBody")
      json.beginObject()
      json.key("required")
      json.value(body.isRequired)
      write(body.content, to: &json)
      json.endObject()
    }
    json.key("responses")
    json.beginObject()
    for answer in RouteAnswers(route, note).all { write(answer, to: &json) }
    json.endObject()
    writeSecurity(of: route, to: &json)
    json.member("x-role", route.role.text)
    json.member("x-tenants", route.tenancy.rawValue)
    if note?.isEndless == true {
      json.key("x-endless")
      json.value(true)
    }
    json.endObject()
  }

  private func write(_ parameters: [RouteNote.Parameter], to json: inout JSONWriter) {
    guard !parameters.isEmpty else { return }
    json.key("parameters")
    json.beginArray()
    for parameter in parameters {
      json.beginObject()
      json.member("name", parameter.name)
      json.member("in", parameter.place.rawValue)
      json.member("description", parameter.note)
      if parameter.isRequired {
        json.key("required")
        json.value(true)
      }
      if case .list = parameter.shape.form {
        json.member("style", "form")
        json.key("explode")
        json.value(parameter.repeats)
      }
      json.key("schema")
      parameter.shape.write(to: &json)
      if !parameter.example.isEmpty {
        json.key("example")
        if case .list = parameter.shape.form {
          json.beginArray()
          json.value(parameter.example)
          json.endArray()
        } else {
          json.value(parameter.example)
        }
      }
      json.endObject()
    }
    json.endArray()
  }

  private func write(_ answer: RouteNote.Answer, to json: inout JSONWriter) {
    json.key(String(answer.status))
    json.beginObject()
    json.member("description", answer.note)
    if !answer.headers.isEmpty {
      json.key("headers")
      json.beginObject()
      for (name, note) in answer.headers {
        json.key(name)
        json.beginObject()
        json.member("description", note)
        json.key("schema")
        Shape.text.write(to: &json)
        json.endObject()
      }
      json.endObject()
    }
    if !answer.content.isEmpty { write(answer.content, to: &json) }
    json.endObject()
  }

  private func write(_ content: [RouteNote.Content], to json: inout JSONWriter) {
    json.key("content")
    json.beginObject()
    for part in content {
      json.key(part.type)
      json.beginObject()
      json.key("schema")
      part.shape.write(to: &json)
      if !part.example.isEmpty {
        json.key("example")
        if part.isText {
          json.value(part.example)
        } else {
          json.value(json: Array(part.example.utf8))
        }
      }
      json.endObject()
    }
    json.endObject()
  }
}

extension RouteNote.Content {
  /// Whether its example is text and not JSON.
  fileprivate var isText: Bool {
    type.hasPrefix("text/") || type == "application/x-ndjson"
  }
}

// MARK: Components
extension OpenAPIDocument {
  private func writeComponents(to json: inout JSONWriter) {
    json.key("components")
    json.beginObject()
    json.key("schemas")
    json.beginObject()
    for (name, shape) in RouteCatalog.shapes {
      json.key(name)
      shape.write(to: &json)
    }
    json.endObject()
    json.key("securitySchemes")
    json.beginObject()
    for (name, scheme, note) in Self.schemes {
      json.key(name)
      json.beginObject()
      json.member("type", "http")
      json.member("scheme", scheme)
      json.member("description", note)
      json.endObject()
    }
    json.endObject()
    json.endObject()
  }

  private static let schemes = [
    ("bearer", "bearer", "a key, as `Authorization: Bearer KEY`"),
    ("basic", "basic", "the same key as the password, under any name"),
  ]

  /// A key of the route's role; none where none is asked for, as on loopback without keys.
  private func writeSecurity(of route: Route, to json: inout JSONWriter) {
    json.key("security")
    json.beginArray()
    if route.role != .open {
      for (name, _, _) in Self.schemes {
        json.beginObject()
        json.member(name, [route.role.text])
        json.endObject()
      }
      if route.role != .admin {
        json.beginObject()
        json.endObject()
      }
    }
    json.endArray()
  }
}

extension Route {
  /// A name of its own for programs that are made from the document.
  fileprivate var operation: String {
    let words = parts.flatMap { part in
      part.split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }
    return ([method.lowercased()] + (words.isEmpty ? ["index"] : words)).joined(separator: "_")
  }
}
