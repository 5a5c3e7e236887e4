import LinuxIO
import TestSupport
import Testing

/// The pages' own commands, run beside a collector: those of pages that need nothing but the
/// program and curl. `scripts/docs-check` runs all.
@Suite struct DocumentationTests {
  /// A fenced block of a page.
  private struct Block {
    var info: Substring
    var lines: [Substring] = []

    var language: Substring { info.prefix { $0 != " " } }
    var text: String { lines.map { "\($0)\n" }.joined() }
    var isRun: Bool { !info.contains("no-run:") }

    /// The file that the block is, as in `yaml file: NAME`.
    var file: Substring? {
      info.firstRange(of: " file: ").map { info[$0.upperBound...].prefix { $0 != " " } }
    }
  }

  private static let languages: Set<Substring> = [
    "sh", "console", "python", "js", "go", "swift", "sql", "yaml", "json", "text",
  ]

  private static let folder = "../../Sources/barograph/Documentation.docc"
  private static let pages =
    Fixtures.names(in: folder).filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
    + ["../../README.md"]

  private static func blocks(_ page: String) -> [Block] {
    var blocks: [Block] = []
    var isOpen = false
    let text = String(decoding: Fixtures.bytes(page), as: UTF8.self)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if !isOpen { blocks.append(Block(info: line.dropFirst(3))) }
        isOpen.toggle()
      } else if isOpen {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  @Test(arguments: pages) func everyBlockSaysWhatItIs(page: String) {
    for block in Self.blocks(page) {
      #expect(Self.languages.contains(block.language), "\(page): ```\(block.info)")
      let reason = block.info.split(separator: "no-run:", maxSplits: 1)
      #expect(block.isRun || reason.count == 2 && reason[1].count > 10, "\(page): \(block.info)")
    }
  }

  private static let hasCurl = FileSystem.exists("/usr/bin/curl")

  @Test(
    .enabled(if: hasCurl),
    arguments: ["StartHere", "Events", "Operating", "Upgrade", "Querying", "Windows", "Grafana"])
  func whatAPageShowsIsSo(page: String) throws {
    let blocks = Self.blocks("\(Self.folder)/\(page).md").filter(\.isRun)
    try RunningCollector.use { collector in
      for block in blocks {
        guard let name = block.file else { continue }
        try FileSystem.writeAtomically(
          Array(block.text.utf8), to: "\(collector.directory)/\(name)")
      }
      for block in blocks {
        switch block.language {
        case "sh":
          let (end, said) = try run(block.text, collector, options: "-euo pipefail")
          #expect(end == .exit(0), "\(block.text)\(said)")
        case "console":
          for (command, shown) in steps(of: block) {
            let (end, said) = try run(command, collector, options: "-uo pipefail")
            if shown.isEmpty { #expect(end == .exit(0), "\(command)\n\(said)") }
            #expect(
              fits(said, shown) || shown.isEmpty, "$ \(command)\nshows\n\(shown)but said\n\(said)")
          }
        default: break
        }
      }
    }
  }

  /// Commands behind `$ `, with what they show.
  private func steps(of block: Block) -> [(command: String, shown: String)] {
    var steps: [(command: String, shown: String)] = []
    for line in block.lines {
      if line.hasPrefix("$ ") {
        steps.append((String(line.dropFirst(2)), ""))
      } else if !steps.isEmpty {
        steps[steps.count - 1].shown += "\(line)\n"
      }
    }
    return steps
  }

  /// Runs a command where the page supposes to be: beside the data, with the program on the path
  /// and the collector at its usual address.
  private func run(
    _ command: String, _ collector: RunningCollector, options: String
  ) throws -> (end: ChildProcess.End, text: String) {
    let address = String(collector.url.dropFirst("http://".count))
    let here = command.replacing("localhost:4318", with: address)
      .replacing("127.0.0.1:4318", with: address)
    let tools = RunningCollector.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let script = """
      cd '\(collector.directory)' || exit 99
      [ -e barograph-data ] || ln -s data barograph-data
      export PATH='\(tools)':/usr/bin:/bin HOME=. LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=100
      export BAROGRAPH_URL='\(collector.url)'
      printf 'silent\\nshow-error\\nfail-with-body\\n' >.curlrc
      exec >said 2>&1 </dev/null
      \(here)
      """
    let words = options.split(separator: " ").map(String.init)
    let end = try ChildProcess("/bin/bash", words + ["-c", script]).wait()
    let said = try FileSystem.read("\(collector.directory)/said", limit: 1 << 20)
    return (end, String(decoding: said, as: UTF8.self))
  }

  /// Whether a text is what a page shows: `…` there stands for anything, a time for any time, and
  /// blanks at the ends of lines do not count.
  private func fits(_ said: String, _ shown: String) -> Bool {
    let said = plain(said)
    let parts = plain(shown).split(separator: "…", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, said.hasPrefix(first) else {
      return false
    }
    guard parts.count > 1 else { return said == first }
    var rest = said.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() {
      guard let place = rest.firstRange(of: part) else { return false }
      rest = rest[place.upperBound...]
    }
    return rest.hasSuffix(last)
  }

  private func plain(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    return lines.joined(separator: "\n")
      .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "TIME")
  }
}
