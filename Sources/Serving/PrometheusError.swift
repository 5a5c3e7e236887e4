internal import Codec
internal import HTTP

/// An error in the shape of Prometheus' HTTP API, for what goes wrong before a route is reached.
struct PrometheusError {
  let response: Response

  /// The shape of `error` for a request to `path`; nil where the path is none of that API.
  init?(_ path: String, _ error: ErrorBody) {
    guard path.hasPrefix("/api/v1/") else { return nil }
    guard error.status != 404 else {
      response = Response(
        status: 404, contentType: "text/plain; charset=utf-8",
        body: Array("404 page not found\n".utf8))
      return
    }
    var json = JSONWriter()
    json.beginObject()
    json.key("status")
    json.value("error")
    json.key("errorType")
    json.value(Self.type(error.status))
    json.key("error")
    json.value(error.message)
    json.endObject()
    response = Response(status: error.status, headers: error.headers, body: json.bytes)
  }

  private static func type(_ status: Int) -> String {
    switch status {
    case 500: "internal"
    case 503: "unavailable"
    default: "bad_data"
    }
  }
}
