import Glibc

/// Facts about the terminal behind a descriptor.
package enum Terminal {
  /// Whether the descriptor numbered `number` is a terminal.
  package static func isTerminal(_ number: Int32) -> Bool {
    isatty(number) == 1
  }

  /// Columns and rows of the terminal; nothing when there is none or it does not say.
  package static func size(of number: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    // unsafe because the kernel fills `size`, whose layout the request number fixes.
    guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
