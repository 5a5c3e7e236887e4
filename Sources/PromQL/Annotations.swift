/// Warnings and infos of a query, each kept once.
struct Annotations {
  private(set) var warnings: [String] = []
  private(set) var infos: [String] = []
  private var seen: Set<String> = []
  private static let limit = 64

  mutating func warn(_ message: String) {
    if warnings.count < Self.limit, seen.insert(message).inserted { warnings.append(message) }
  }

  mutating func inform(_ message: String) {
    if infos.count < Self.limit, seen.insert(message).inserted { infos.append(message) }
  }
}
