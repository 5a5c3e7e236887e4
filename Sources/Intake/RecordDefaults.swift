internal import Codec

/// Fields that a request gives for all its records, as a JSON object to scan before each.
package enum RecordDefaults {
  /// A name that no field has.
  package struct UnknownField: Error {
    package let name: String
  }

  /// The name of every field that may be given, its own one.
  package static let names = Field.allCases.filter { !structured.contains($0) }.map(\.name)

  /// The object of `fields`; empty when there are none.
  package static func json(
    _ fields: [(name: String, value: String)]
  ) throws(UnknownField) -> [UInt8] {
    guard !fields.isEmpty else { return [] }
    var writer = JSONWriter()
    writer.beginObject()
    for (name, value) in fields {
      guard let field = field(named: name) else { throw UnknownField(name: name) }
      writer.key(field.name)
      if !texts.contains(field), isLiteral(value) {
        writer.value(json: Array(value.utf8))
      } else {
        writer.value(value)
      }
    }
    writer.endObject()
    return writer.bytes
  }

  private static func field(named name: String) -> Field? {
    Field.allCases.first { !structured.contains($0) && FieldNames.names(of: $0).contains(name) }
  }

  /// Fields that hold more than a scalar.
  private static let structured = FieldSet([.documents, .toolCalls, .timings, .attributes])

  /// Fields whose value is text even when it looks like a number.
  private static let texts = FieldSet(
    Field.allCases.filter { $0.dimension != nil } + [
      .type, .eventID, .traceID, .spanID, .parentSpanID, .traceparent, .requestID, .session,
      .user, .errorType, .error, .stack, .message, .responseID, .fallbackFrom, .breaker, .cache,
      .verdict, .input, .output, .comment,
    ])

  /// Whether the text is a JSON number, `true` or `false`.
  private static func isLiteral(_ text: String) -> Bool {
    if text == "true" || text == "false" { return true }
    let slab = ByteSlab(capacity: text.utf8.count + 1)
    slab.append(Array(text.utf8))
    var scanner = JSONScanner(unsafe ByteView(slab), from: 0, to: slab.count)
    do throws(JSONError) {
      _ = try scanner.number()
      return scanner.index == slab.count
    } catch {
      return false
    }
  }
}
