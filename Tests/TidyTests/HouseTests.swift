import Testing

/// Holds the repository to the rules; each failure names file and line.
struct HouseTests {
  @Test(arguments: TidyRule.all)
  func `every file keeps the rule`(_ rule: TidyRule) {
    report(Repository.here.files.flatMap(rule.findings))
  }

  @Test func `every import is allowed by the table of rooms`() {
    let table = ImportTable(manifest: Repository.here.manifest)
    report(Repository.here.swiftFiles.flatMap(table.findings))
  }

  @Test func `rooms import only rooms that stand before them`() {
    let table = ImportTable(manifest: Repository.here.manifest)
    #expect(table.rooms.map(\.name).contains("Collector"))
    var built: Set<String> = ["CCurl", "CLinux", "CSQLite", "CZlib"]
    for room in table.rooms {
      #expect(room.imports.filter { !built.contains($0) } == [], "\(room.name)")
      built.insert(room.name)
    }
  }

  @Test func `every directory of Sources is a target the table knows`() {
    let table = ImportTable(manifest: Repository.here.manifest)
    let programs: Set<String> = ["barograph", "barograph-bench", "Fuzz"]
    let known = programs.union(table.rooms.map(\.name)).union([
      "CCurl", "CLinux", "CSQLite", "CZlib",
    ])
    let targets = Repository.here.files.filter { $0.path.hasPrefix("Sources/") }
      .compactMap(\.target)
    #expect(Set(targets).subtracting(known) == [])
    #expect(known.intersection(TidyRule.emptyWords) == [])
  }

  @Test func `the top level holds only what convention needs`() {
    let allowed: Set<String> = [
      "Package.swift", "Sources", "Tests", "dashboards", "scripts", "README.md", "LICENSE",
      "CHANGELOG.md", "CONTRIBUTING.md", ".ci", ".gitignore", ".swift-format",
    ]
    #expect(Set(Repository.here.topLevel).subtracting(allowed) == [])
  }

  @Test func `every script can be started and no other file`() {
    for (entry, file) in zip(Repository.here.entries, Repository.here.files) {
      let isScript = file.lines.first?.text.hasPrefix("#!") ?? false
      #expect(entry.isExecutable == isScript, "\(entry.path)")
    }
  }

  @Test func `every link of a page to a file leads somewhere`() {
    let paths = Repository.here.entries.map(\.path)
    for file in Repository.here.files where file.path.hasSuffix(".md") {
      report(file.brokenLinks(among: paths))
    }
  }

  @Test func `the page of drills names tests that there are`() {
    let repository = Repository.here
    let page = "Sources/barograph/Documentation.docc/Drills.md"
    let rows = repository.files.first { $0.path == page }?.lines.filter { $0.text.hasPrefix("| ") }
    let drills = (rows ?? []).flatMap { row in
      row.text.split(separator: "|").last?.split(separator: "`").filter { $0 != ", " && $0 != " " }
        ?? []
    }.filter { $0 != " tried by " }
    #expect(drills.count > 20)
    for drill in drills {
      let parts = drill.split(separator: ": ", maxSplits: 1).map(String.init)
      if parts.count == 1 {
        #expect(repository.entries.contains { $0.path == parts[0] && $0.isExecutable }, "\(drill)")
      } else {
        let file = repository.files.first { $0.path.hasSuffix("/\(parts[0]).swift") }
        let names = ["func \(parts[1])(", "func `\(parts[1])`("]
        #expect(
          file?.lines.contains { line in names.contains { line.text.contains($0) } } ?? false,
          "\(drill)")
      }
    }
  }

  private func report(_ findings: [Finding]) {
    for finding in findings {
      let place = SourceLocation(
        fileID: "barograph/\(finding.path)", filePath: finding.path, line: finding.line, column: 1)
      Issue.record("\(finding)", sourceLocation: place)
    }
  }
}
