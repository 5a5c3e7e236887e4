internal import Codec

/// Finding keys by path, variable and flag, and the nearest when there is none.
extension ConfigurationTable {
  static let keysByPath: [String: ConfigurationKey] = Dictionary(
    uniqueKeysWithValues: keys.map { ($0.path, $0) })

  /// The names that hold further keys: `limits`.
  static let sections: Set<String> = Set(
    keys.flatMap { key in
      key.path.indices.filter { key.path[$0] == "." }.map { String(key.path[..<$0]) }
    })

  static func key(flag: String) -> ConfigurationKey? {
    keys.first { $0.flag == flag }
  }

  static func key(variable: String) -> ConfigurationKey? {
    keys.first { $0.variable == variable }
  }

  /// The key or section most like `path`: the same word in another section, or few letters off.
  static func nearestPath(to path: String) -> String {
    nearest(to: path, among: keys.map(\.path) + sections.sorted())
  }

  static func nearestVariable(to variable: String) -> String {
    nearest(to: variable, among: keys.map(\.variable))
  }

  static func nearestFlag(to flag: String) -> String {
    nearest(to: flag, among: keys.compactMap(\.flag))
  }

  private static func nearest(to name: String, among candidates: [String]) -> String {
    let best = candidates.min { left, right in
      distance(name, left) < distance(name, right)
    }
    return best ?? name
  }

  private static func distance(_ name: String, _ candidate: String) -> Int {
    let whole = NearestWord.distance(name, candidate)
    return min(whole, NearestWord.distance(lastWord(name), lastWord(candidate)) + 1)
  }

  private static func lastWord(_ path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }
}
