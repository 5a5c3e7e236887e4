internal import LinuxIO

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
}
