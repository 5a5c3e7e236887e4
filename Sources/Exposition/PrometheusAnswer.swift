internal import Codec
package import PromQL

/// Answers of Prometheus' HTTP API, byte for byte as it writes them.
package enum PrometheusAnswer {
  /// The kinds of error, as the API names them.
  package enum ErrorType: String, Sendable {
    case badData = "bad_data"
    case execution
    case timeout
    case canceled
    case unavailable
    case internalError = "internal"
  }

  /// `{"status":"success","data":…}` with what else there is to say; `data` is JSON.
  package static func success(
    _ data: [UInt8], warnings: [String] = [], infos: [String] = []
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("status")
    json.value("success")
    json.key("data")
    json.value(json: data)
    if !warnings.isEmpty {
      json.key("warnings")
      json.strings(warnings)
    }
    if !infos.isEmpty {
      json.key("infos")
      json.strings(infos)
    }
    json.endObject()
    return json.bytes
  }

  /// `{"status":"error",…}`.
  package static func failure(_ type: ErrorType, _ message: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("status")
    json.value("error")
    json.key("errorType")
    json.value(type.rawValue)
    json.key("error")
    json.value(message)
    json.endObject()
    return json.bytes
  }

  /// A list of texts as data.
  package static func list(_ texts: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.strings(texts)
    return json.bytes
  }

  /// A list of label sets as data.
  package static func list(_ sets: [Labels]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for labels in sets { append(labels, to: &json) }
    json.endArray()
    return json.bytes
  }

  /// One text as data.
  package static func text(_ text: String) -> [UInt8] {
    var json = JSONWriter()
    json.value(text)
    return json.bytes
  }

  static func append(_ labels: Labels, to json: inout JSONWriter) {
    json.beginObject()
    for label in labels.entries {
      json.key(label.name)
      json.value(label.value)
    }
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func strings(_ texts: [String]) {
    beginArray()
    for text in texts { value(text) }
    endArray()
  }
}
