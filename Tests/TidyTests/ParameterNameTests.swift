import Testing

/// The names of parameters and of members of bodies, held against the description of the routes.
@Suite struct ParameterNameTests {
  /// How the sources of the routes read what a request brings, by the text that they have.
  private static var readings: [Regex<(Substring, Substring)>] {
    [
      /(?:request|parameters|captures|node|body|call\.body)\??\["([^"]+)"\]/,
      /\.(?:time|neededTime|span|limit|all|text|texts|pairs)\("([^"]+)"/,
      /\btime\((?:parameters, )?"([^"]+)"/, /taking: "([^"]+)"/,
      /(?:name|field) == "([^"]+)"/, /^ +case "([^"]+)"/,
      // Tables of what lists are narrowed by, and the columns that hold it.
      /"([a-z_]+)": "(?:[a-z]\.)?[a-z_]+"[,\]]/,
    ]
  }

  @Test func `every name that a route reads is described`() {
    let files = Repository.here.swiftFiles.filter { $0.path.hasPrefix("Sources/API/") }
    let described = files.filter { $0.path.contains("RouteCatalog") }.flatMap(\.lines).map(\.text)
      .joined(separator: "\n")
    let readings = Self.readings
    var names: Set<String> = []
    for file in files where Self.readsRequests(file.path) {
      for line in file.lines {
        for reading in readings {
          for match in line.text.matches(of: reading) { names.insert(String(match.output.1)) }
        }
      }
    }
    #expect(names.count > 60, "\(names.sorted())")
    #expect(names.subtracting(Self.kinds).filter { !described.contains("\"\($0)\"") } == [])
  }

  /// Kinds of metrics, which are cases too.
  private static let kinds = ["counter", "gauge", "histogram"]

  /// Files with routes; the others read what is stored, and what was written by us.
  private static func readsRequests(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    let words = [
      "Routes", "Grafana", "PlainTables", "Query", "SeriesLists", "Backtest", "ListPage",
    ]
    return words.contains { name.contains($0) }
  }
}
