internal import Codec

/// Values as JSON.
extension TemplateCall {
  func json() throws(TemplateFunction.Failure) -> String {
    var writer = JSONWriter()
    try Self.write(arguments[0], to: &writer, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func write(
    _ value: TemplateValue, to writer: inout JSONWriter, depth: Int
  ) throws(TemplateFunction.Failure) {
    guard depth < 32 else { throw TemplateFunction.Failure("nested too deeply") }
    switch value {
    case .none: writer.null()
    case .bool(let flag): writer.value(flag)
    case .int(let number): writer.value(number)
    case .float(let number): writer.value(number)
    case .string(let text): writer.value(text)
    case .labels(let labels):
      try write(labels.mapValues { .string($0) }, to: &writer, depth: depth)
    case .map(let entries): try write(entries, to: &writer, depth: depth)
    case .list(let values):
      writer.beginArray()
      for value in values { try write(value, to: &writer, depth: depth + 1) }
      writer.endArray()
    case .time, .duration: writer.value(TemplateText.plain(value))
    case .sample, .vector, .root:
      throw TemplateFunction.Failure("can't make JSON of \(value.typeName)")
    }
  }

  private static func write(
    _ entries: [String: TemplateValue], to writer: inout JSONWriter, depth: Int
  ) throws(TemplateFunction.Failure) {
    writer.beginObject()
    for name in entries.keys.sorted() {
      writer.key(name)
      try write(entries[name] ?? .none, to: &writer, depth: depth + 1)
    }
    writer.endObject()
  }
}
