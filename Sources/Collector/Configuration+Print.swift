internal import Codec

extension Configuration {
  /// The settings in effect with the origin of each.
  ///
  /// As YAML, which is itself a configuration file, the origins are comments; as JSON there are two
  /// objects, `configuration` (nested, a configuration file again) and `origins` (by path).
  package func printed(json: Bool) -> String {
    json ? printedJSON() : printedYAML()
  }

  private func printedYAML() -> String {
    let lines = yamlLines()
    let width = min(lines.map(\.text.count).max() ?? 0, 48)
    return lines.map { line in
      guard let origin = line.origin else { return line.text + "\n" }
      let gap = String(repeating: " ", count: max(width - line.text.count, 0) + 2)
      return "\(line.text)\(gap)# \(origin)\n"
    }.joined()
  }

  private func yamlLines() -> [(text: String, origin: ConfigurationOrigin?)] {
    var lines: [(text: String, origin: ConfigurationOrigin?)] = []
    var section = ""
    for key in ConfigurationTable.keysBySection {
      let (name, parent) = ConfigurationTable.split(key.path)
      if parent != section, !parent.isEmpty { lines.append(("\(parent):", nil)) }
      section = parent
      let indent = parent.isEmpty ? "" : "  "
      lines.append(("\(indent)\(name): \(key.show(self).yaml)", origin(of: key.path)))
    }
    return lines
  }

  private func printedJSON() -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("configuration")
    writer.beginObject()
    var section = ""
    for key in ConfigurationTable.keysBySection {
      let (name, parent) = ConfigurationTable.split(key.path)
      if parent != section {
        if !section.isEmpty { writer.endObject() }
        writer.key(parent)
        writer.beginObject()
      }
      section = parent
      writer.key(name)
      key.show(self).write(to: &writer)
    }
    if !section.isEmpty { writer.endObject() }
    writer.endObject()
    writer.key("origins")
    writer.beginObject()
    for key in ConfigurationTable.keysBySection {
      writer.key(key.path)
      writer.value(origin(of: key.path).description)
    }
    writer.endObject()
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
