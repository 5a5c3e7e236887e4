internal import Codec
internal import Collector
internal import LinuxIO
internal import Money

/// `barograph prices`: what the price book says, and whether a price file is right.
enum PricesCommand {
  private static let fileLimit = 64 << 20

  static let command = Command(
    name: "prices", summary: "look into the price book, check a price file, compare stored costs",
    usage: "list [WORD] | show MODEL | check FILE | reprice --dry-run",
    options: [
      .init("--provider", value: "NAME", "the provider of the model to show"),
      .init("--tier", value: "NAME", "a service tier: batch, flex, priority …"),
      .init("--file", value: "FILE", "a price file that comes before the book; repeatable"),
      .init("--dry-run", "reprice: say what present prices would change, change nothing"),
      .init("--from", value: "TIME", "reprice: calls that ended at this time or later"),
      .init("--to", value: "TIME", "reprice: calls that ended before this time"),
      .init("--data", value: "DIR", "reprice: read this data directory, without a collector"),
      .init("--all", "reprice: also what would stay as it is"),
    ],
    examples: [
      "barograph prices list gpt-5", "barograph prices show claude-sonnet-4-5 --tier batch",
      "barograph prices check our-prices.json",
      "barograph prices reprice --dry-run --from 2026-11-01 --file our-prices.json",
    ]
  ) { arguments in
    let words = arguments.positional
    switch (words.first, words.count) {
    case ("list", 1...2):
      guard let book = book(arguments) else { return .failed }
      return list(book, containing: words.count == 2 ? words[1] : "", arguments)
    case ("show", 2):
      guard let book = book(arguments) else { return .failed }
      return show(words[1], book, arguments)
    case ("check", 2):
      return check(words[1], arguments)
    case ("reprice", 1):
      guard let book = book(arguments) else { return .failed }
      return Repricing.run(book, arguments)
    default:
      Console.complain(
        "say list, show MODEL, check FILE or reprice --dry-run; see barograph prices --help")
      return .usage
    }
  }

  private static func list(
    _ book: PriceBook, containing word: String, _ arguments: Arguments
  ) -> ExitCode {
    let entries = book.entries(containing: word, at: Clock.wall)
    guard !arguments.has("--json") else { return printJSON(entries.map { ($0, [$0.row]) }) }
    let width = entries.map(\.provider.count).max() ?? 0
    for entry in entries {
      let gap = String(repeating: " ", count: width - entry.provider.count)
      Console.print("\(entry.provider)\(gap)  \(entry.model)  \(summary(entry.row))\n")
    }
    if entries.isEmpty { Console.complain("no model of the price book has \(word) in its name") }
    return entries.isEmpty ? .failed : .ok
  }

  private static func show(
    _ model: String, _ book: PriceBook, _ arguments: Arguments
  ) -> ExitCode {
    let rows = book.rows(
      provider: arguments["--provider"] ?? "", model: model,
      serviceTier: arguments["--tier"] ?? "")
    guard let first = rows.first else {
      Console.complain("the price book has no row for \(model); its calls are unpriced")
      return .failed
    }
    let entry = PriceBook.Entry(provider: first.provider, model: first.model, row: first)
    guard !arguments.has("--json") else { return printJSON([(entry, rows)]) }
    Console.print("\(first.provider) \(first.model)")
    Console.print(first.tier.isEmpty ? "\n" : ", service tier \(first.tier)\n")
    if let window = first.contextWindow { Console.print("context window: \(window) tokens\n") }
    for row in rows {
      Console.print("\(validity(row)), row \(row.id)\n")
      for line in lines(row) { Console.print("  \(line)\n") }
    }
    return .ok
  }

  private static func check(_ path: String, _ arguments: Arguments) -> ExitCode {
    guard let file = file(path) else { return .usage }
    let broken = file.brokenExpressions()
    for expression in broken { Console.complain("\(path): regex \(expression)") }
    guard broken.isEmpty else { return .usage }
    Console.print(
      arguments.has("--json")
        ? "{\"providers\":\(file.providerCount),\"models\":\(file.modelCount),\"problems\":[]}\n"
        : "\(path) is right: \(file.providerCount) providers, \(file.modelCount) models\n")
    return .ok
  }

  /// The files of the command line, then those of the configuration, then the book inside.
  private static func book(_ arguments: Arguments) -> PriceBook? {
    let configured: [String]
    do throws(ConfigurationError) {
      configured = try ConfigurationSource(file: arguments["--config"], flags: []).load().prices
    } catch {
      Console.complain("\(error)")
      return nil
    }
    return book(arguments.all("--file") + configured)
  }

  /// The book with the files at `paths` before it; nil, and a complaint, where one is not right.
  static func book(_ paths: [String]) -> PriceBook? {
    var files: [PriceFile] = []
    for path in paths {
      guard let file = file(path) else { return nil }
      files.append(file)
    }
    return PriceBook(files: files)
  }

  private static func file(_ path: String) -> PriceFile? {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: fileLimit)
    } catch {
      Console.complain("cannot read prices from \(path): \(error.text)")
      return nil
    }
    do throws(PriceFileError) {
      return try PriceFile(bytes, name: path)
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }
}

// The words.
extension PricesCommand {
  private static func summary(_ row: PriceRow?) -> String {
    guard let row else { return "no price today" }
    if row.isFree { return "free" }
    let (input, output) = (row.rate(of: .input, band: 0), row.rate(of: .output, band: 0))
    let price = "in \(text(input)), out \(text(output)) USD per million tokens"
    return row.thresholds.isEmpty ? price : price + ", more for long prompts"
  }

  private static func text(_ rate: Rate) -> String { rate.isAbsent ? "–" : rate.perMillion }

  private static func validity(_ row: PriceRow) -> String {
    switch (row.from == .min, row.to == .max) {
    case (true, true): "always"
    case (true, false): "until \(day(row.to))"
    case (false, true): "from \(day(row.from))"
    case (false, false): "from \(day(row.from)) until \(day(row.to))"
    }
  }

  private static func day(_ time: Int64) -> String { String(Timestamp.text(time).prefix(10)) }

  private static func lines(_ row: PriceRow) -> [String] {
    if row.isFree { return ["free"] }
    var lines: [String] = []
    for band in 0...row.thresholds.count {
      let prompt = band == 0 ? "" : ", prompts above \(row.thresholds[band - 1]) tokens"
      for leaf in TokenLeaf.allCases where !row.rate(of: leaf, band: band).isAbsent {
        let price = row.rate(of: leaf, band: band).perMillion
        lines.append("\(leaf.text): \(price) USD per million tokens\(prompt)")
      }
    }
    if !row.requestFee.isAbsent {
      lines.append("each request: \(row.requestFee.amount(of: 1).map(Picodollars.text) ?? "") USD")
    }
    return lines
  }

  private static func printJSON(_ models: [(PriceBook.Entry, [PriceRow?])]) -> ExitCode {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("origin")
    writer.value(PriceBook.embeddedOrigin)
    writer.key("models")
    writer.beginArray()
    for (entry, rows) in models {
      writer.beginObject()
      writer.key("provider")
      writer.value(entry.provider)
      writer.key("model")
      writer.value(entry.model)
      writer.key("rows")
      writer.beginArray()
      for row in rows { if let row { append(row, to: &writer) } }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    Console.print(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    return models.isEmpty ? .failed : .ok
  }

  private static func append(_ row: PriceRow, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("row")
    writer.value(Int64(row.id))
    writer.key("free")
    writer.value(row.isFree)
    if row.from != .min {
      writer.key("from")
      writer.value(day(row.from))
    }
    if row.to != .max {
      writer.key("to")
      writer.value(day(row.to))
    }
    if let window = row.contextWindow {
      writer.key("context_window")
      writer.value(window)
    }
    writer.key("usd_per_million")
    writer.beginArray()
    for band in 0...row.thresholds.count {
      writer.beginObject()
      writer.key("above_tokens")
      writer.value(band == 0 ? 0 : row.thresholds[band - 1])
      for leaf in TokenLeaf.allCases where !row.rate(of: leaf, band: band).isAbsent {
        writer.key(leaf.text)
        writer.value(row.rate(of: leaf, band: band).perMillion)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}
