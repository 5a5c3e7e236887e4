internal import LinuxIO

/// How far a long command has come, on standard error where that is a terminal.
struct ProgressBar {
  private static let width: Int64 = 30
  private let name: String
  private let total: Int64
  private let isShown: Bool
  private var last = ""

  /// A bar of `total` steps, named before it.
  init(_ name: String, of total: Int64, isShown: Bool = true) {
    self.name = name
    self.total = max(total, 1)
    self.isShown = isShown && Terminal.isTerminal(2)
  }

  /// Draws it anew where it has changed, with `note` behind it.
  mutating func show(_ done: Int64, _ note: String = "") {
    guard isShown else { return }
    let filled = Int(min(done, total) * Self.width / total)
    let bar =
      String(repeating: "#", count: filled)
      + String(repeating: "-", count: Int(Self.width) - filled)
    let text = "\(name) [\(bar)] \(min(done, total) * 100 / total) %"
    let line = note.isEmpty ? text : "\(text) \(note)"
    guard line != last else { return }
    let blanks = String(repeating: " ", count: max(0, last.count - line.count))
    StandardError.write(Array("\r\(line)\(blanks)".utf8))
    last = line
  }

  /// Leaves the line.
  mutating func end() {
    if isShown, !last.isEmpty { StandardError.write([0x0A]) }
    last = ""
  }
}
