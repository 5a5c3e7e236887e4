internal import Codec
internal import Serving
internal import Telemetry

extension Routes {
  /// Every source's books: `sent + resent = stored + duplicate + rejected + shed + lost`, where the
  /// source numbers what it sends.
  static func sources(_ services: Services, _ request: Request) -> Response {
    var json = JSONWriter()
    json.beginObject()
    json.key("sources")
    json.beginArray()
    for (name, book) in services.sources(of: request.principal) { append(name, book, &json) }
    json.endArray()
    json.key("next")
    json.null()
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }

  private static func append(
    _ name: StreamBook.Name, _ book: StreamBook, _ json: inout JSONWriter
  ) {
    json.beginObject()
    append("src", name.src, &json)
    append("service", name.service, &json)
    append("peer", name.peer, &json)
    json.key("intake")
    json.value(name.door.text)
    json.key("sent")
    if let highest = book.highest { json.value(highest) } else { json.null() }
    let counts: [(StaticString, Int64)] = [
      ("stored", book.stored), ("duplicate", book.duplicate), ("rejected", book.rejected),
      ("shed", book.shed), ("lost", book.lost), ("resent", book.resent),
    ]
    for (name, count) in counts {
      json.key(name)
      json.value(count)
    }
    json.key("gaps")
    json.beginArray()
    for gap in book.gaps {
      json.beginArray()
      json.value(gap.lowerBound)
      json.value(gap.upperBound)
      json.endArray()
    }
    json.endArray()
    json.key("identity")
    json.value(identity(book))
    json.endObject()
  }

  /// Whether what the source sends can be told from what it sent before.
  private static func identity(_ book: StreamBook) -> String {
    if book.highest != nil { return "src+seq" }
    if book.unidentified == 0 { return "event" }
    return book.unidentified == book.stored ? "none" : "partly"
  }

  private static func append(_ name: StaticString, _ text: [UInt8], _ json: inout JSONWriter) {
    json.key(name)
    if text.isEmpty { json.null() } else { json.value(utf8: text) }
  }
}
