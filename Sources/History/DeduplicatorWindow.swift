/// Maps time to rows: which rows are old enough to forget their identities, to about ten seconds.
struct DeduplicatorWindow {
  private struct Mark {
    let time: Int64
    let row: Int64
    /// Identities remembered before this row, ever.
    let before: Int
  }

  private let window: Int64
  private let entries: Int
  private var marks: [Mark] = []
  private var isShortened = false

  private static let grain: Int64 = 10_000_000_000
  private static let shares = 64

  /// A window of so many nanoseconds that holds so many identities at most.
  init(window: Int64, entries: Int) {
    self.window = window
    self.entries = entries
  }

  /// Takes note that rows from `row` on come in at `time`, `remembered` identities after the first.
  mutating func note(time: Int64, row: Int64, remembered: Int) {
    if let last = marks.last {
      guard time >= last.time + Self.grain || remembered - last.before > entries / Self.shares
      else { return }
    }
    marks.append(Mark(time: max(time, marks.last?.time ?? time), row: row, before: remembered))
  }

  /// The first row whose identity is still remembered at `now`, or nil before the first note.
  mutating func oldestRow(now: Int64, remembered: Int) -> Int64? {
    var gone = 0
    while gone + 1 < marks.count {
      let isFull = remembered - marks[gone].before > entries
      guard isFull || marks[gone + 1].time <= now - window else { break }
      if isFull { isShortened = true }
      gone += 1
    }
    marks.removeFirst(gone)
    return marks.first?.row
  }

  /// How many of the identities `remembered` ever are so still.
  func held(of remembered: Int) -> Int { remembered - (marks.first?.before ?? remembered) }

  /// For how many seconds an identity is remembered: the whole window, or what the bound leaves.
  func seconds(now: Int64) -> Double {
    let whole = Double(window) / 1e9
    guard isShortened, let first = marks.first else { return whole }
    return min(whole, Double(now - first.time) / 1e9)
  }
}
