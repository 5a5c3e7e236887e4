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

  private func report(_ findings: [Finding]) {
    for finding in findings {
      let place = SourceLocation(
        fileID: "barograph/\(finding.path)", filePath: finding.path, line: finding.line, column: 1)
      Issue.record("\(finding)", sourceLocation: place)
    }
  }
}
