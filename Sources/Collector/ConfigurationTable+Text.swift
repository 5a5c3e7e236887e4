/// The table as text, for help and documentation.
extension ConfigurationTable {
  /// The keys outside sections, then section by section, so that each section is printed once.
  static let keysBySection: [ConfigurationKey] =
    keys.filter { split($0.path).section.isEmpty }
    + sections.sorted().flatMap { section in keys.filter { split($0.path).section == section } }

  /// The last word of a path, and the section before it, empty at the top.
  static func split(_ path: String) -> (name: String, section: String) {
    guard let dot = path.lastIndex(of: ".") else { return (path, "") }
    return (String(path[path.index(after: dot)...]), String(path[..<dot]))
  }

  /// The flags with their help and defaults, a line each.
  package static var flagHelp: String {
    let flags = keys.filter { $0.flag != nil }
    let heads = flags.map { "  \($0.flag ?? "") \(placeholder(of: $0))" }
    let width = heads.map(\.count).max() ?? 0
    return zip(flags, heads).map { key, head in
      let gap = String(repeating: " ", count: width - head.count + 2)
      return "\(head)\(gap)\(key.help) (default: \(key.defaultText))\n"
    }.joined()
  }

  /// All keys as a table in Markdown.
  package static var markdown: String {
    let head = """
      | key | accepts | default | flag | reload | meaning |
      |---|---|---|---|---|---|

      """
    return head
      + keysBySection.map { key in
        let cells = [
          "`\(key.path)`", key.type, "`\(key.defaultText)`", key.flag.map { "`\($0)`" } ?? "",
          key.isReloadable ? "yes" : "restart", key.help,
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
      }.joined()
  }

  private static func placeholder(of key: ConfigurationKey) -> String {
    switch key.type {
    case "address": "HOST:PORT|unix:PATH"
    case "address|off": "HOST:PORT|off"
    case "path": "DIR"
    default: key.isList ? "LIST" : "VALUE"
    }
  }
}
