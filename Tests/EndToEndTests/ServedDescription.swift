import Codec
import Outbound
import Quality
import Testing

/// The OpenAPI document of a running collector, read as its clients read it.
struct ServedDescription {
  /// One parameter of a route.
  struct Parameter {
    let name: String
    let place: String
    let example: String?
  }

  let document: JSONValue
  private let definitions: JSONObject

  init(_ collector: RunningCollector) throws {
    let answer = try collector.get("/v1/openapi.json")
    try #require(answer.status == 200)
    document = try JSONReader.read(answer.body)
    definitions = try #require(Self.closed(document["components"]?["schemas"])?.object)
  }

  /// Methods and paths, as `GET /v1/traces/{id}`.
  var routes: [String] {
    (document["paths"]?.object?.members ?? []).flatMap { path in
      (path.value.object?.members ?? []).map { method in
        String(decoding: method.name, as: UTF8.self).uppercased() + " "
          + String(decoding: path.name, as: UTF8.self)
      }
    }
  }

  func operation(_ route: String) -> JSONValue? {
    let words = route.split(separator: " ").map(String.init)
    return document["paths"]?[words[1]]?[words[0].lowercased()]
  }

  func parameters(_ route: String) -> [Parameter] {
    (operation(route)?["parameters"]?.elements ?? []).map { parameter in
      Parameter(
        name: parameter["name"]?.text ?? "", place: parameter["in"]?.text ?? "",
        example: (parameter["example"]?.elements.first ?? parameter["example"])?.text)
    }
  }

  /// What is wrong with an answer by what is said of its route: its status, its content type, and
  /// its body, in which no member may be that is not described.
  func complaint(
    _ route: String, status: Int, contentType: String, body: [UInt8]
  ) throws -> String? {
    guard let answer = operation(route)?["responses"]?[String(status)] else {
      return "\(route): \(status) is not described"
    }
    let type = contentType.split(separator: ";").first.map(String.init) ?? ""
    guard let schema = answer["content"]?[type]?["schema"] else {
      return "\(route): \(status) with \(type) is not described"
    }
    guard type == "application/json" else { return nil }
    var whole = try #require(Self.closed(schema)?.object)
    whole.set(Array("$defs".utf8), to: .object(definitions))
    let judge = SchemaJudge(try JSONSchema(.object(whole)))
    let violations = judge.violations(of: try JSONReader.read(body))
    return violations.isEmpty ? nil : "\(route): \(violations)"
  }

  /// The schema with its references led to `$defs`, and closed: what it does not name is wrong. The
  /// document itself is open, as members may be added one day.
  private static func closed(_ value: JSONValue?) -> JSONValue? {
    switch value {
    case .object(let object):
      var result = JSONObject()
      for member in object.members {
        result.set(member.name, to: closed(member.value) ?? member.value)
      }
      if let reference = object["$ref"]?.text {
        let target = reference.replacing("#/components/schemas/", with: "#/$defs/")
        result.set(Array("$ref".utf8), to: .text(target))
      }
      if object["properties"]?.object != nil, object["type"] != nil {
        result.set(Array("additionalProperties".utf8), to: .bool(false))
      }
      return .object(result)
    case .array(let elements): return .array(elements.map { closed($0) ?? $0 })
    default: return value
    }
  }
}

extension JSONValue {
  var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }

  var text: String? {
    if case .string(let text) = self { String(decoding: text, as: UTF8.self) } else { nil }
  }

  subscript(name: String) -> JSONValue? { object?[name] }
}
