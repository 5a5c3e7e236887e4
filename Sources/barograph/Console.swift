internal import LinuxIO
internal import Terminal

/// What commands say to the person at the terminal.
enum Console {
  /// Writes text to standard output.
  @discardableResult
  static func print(_ text: String) -> Bool {
    StandardOutput.write(Array(text.utf8))
  }

  /// Writes a complaint to standard error.
  static func complain(_ text: String) {
    StandardError.write(Array("barograph: \(text)\n".utf8))
  }

  /// Whether output may be coloured.
  static func hasColor(_ arguments: Arguments) -> Bool {
    !arguments.has("--no-color") && Environment.current()["NO_COLOR"] == nil
      && Terminal.isTerminal(1)
  }

  /// What output can show: no colour where `hasColor` says so, ASCII where the locale of a terminal
  /// is not UTF-8.
  static func look(_ arguments: Arguments) -> TerminalLook {
    var look = TerminalLook(environment: Environment.current())
    if !hasColor(arguments) { look.depth = .mono }
    if !Terminal.isTerminal(1) { look.isPlain = false }
    return look
  }
}
