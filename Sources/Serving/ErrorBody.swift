internal import Codec

/// The product's error answer: `{"error":{"code","message","hint","request_id"}}`. Never paths,
/// stack traces or payload text.
package struct ErrorBody: Sendable {
  package let status: Int
  package let code: String
  package let message: String
  package let hint: String
  package var retryAfter: Int?

  /// An error to answer with.
  package init(
    _ status: Int, _ code: String, _ message: String, hint: String = "", retryAfter: Int? = nil
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.hint = hint
    self.retryAfter = retryAfter
  }

  /// The answer to the request of this id.
  package func response(id: String) -> Response {
    var json = JSONWriter()
    json.beginObject()
    json.key("error")
    json.beginObject()
    json.key("code")
    json.value(code)
    json.key("message")
    json.value(message)
    json.key("hint")
    json.value(hint)
    json.key("request_id")
    json.value(id)
    json.endObject()
    json.endObject()
    return Response(status: status, headers: headers, body: json.bytes + [0x0A])
  }
  /// What the answer's head says besides.
  var headers: [(name: String, value: String)] {
    var headers = retryAfter.map { [(name: "Retry-After", value: String($0))] } ?? []
    if status == 401 {
      headers.append(("WWW-Authenticate", "Bearer realm=\"barograph\""))
      headers.append(("WWW-Authenticate", "Basic realm=\"barograph\", charset=\"UTF-8\""))
    }
    return headers
  }
}
