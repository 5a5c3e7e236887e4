/// How a piece of text looks, by what it means; the terminal's colours are chosen when it is drawn.
package struct Style: Equatable, Sendable {
  /// What a colour stands for.
  package enum Ink: UInt8, CaseIterable, Sendable {
    case plain, faint, title, accent, good, warning, bad, first, second, third
  }

  /// What its colour stands for.
  package var ink: Ink
  /// Whether it is bold.
  package var isBold: Bool
  /// Whether text and background are exchanged.
  package var isReversed: Bool

  /// A look; plain unless told otherwise.
  package init(_ ink: Ink = .plain, bold: Bool = false, reversed: Bool = false) {
    self.ink = ink
    isBold = bold
    isReversed = reversed
  }

  /// Text like any other.
  package static let plain = Style()
  /// What matters less.
  package static let faint = Style(.faint)
  /// What matters most.
  package static let title = Style(.title, bold: true)
  /// What is told apart from the rest.
  package static let accent = Style(.accent)
  /// What is well.
  package static let good = Style(.good)
  /// What may need a look.
  package static let warning = Style(.warning)
  /// What needs a look now.
  package static let bad = Style(.bad, bold: true)
}

/// How many colours a terminal shows.
package enum ColorDepth: String, CaseIterable, Sendable {
  case mono, sixteen = "16", indexed = "256", truecolor
}

extension Style {
  /// The parameters of the SGR sequence that sets this look from any other: `0;1;38;5;203`.
  package func parameters(_ depth: ColorDepth) -> String {
    var text = "0"
    if isBold { text += ";1" }
    if isReversed { text += ";7" }
    if depth == .mono {
      if ink == .faint { text += ";2" }
      return text
    }
    let color = Self.colors[Int(ink.rawValue)]
    switch (ink, depth) {
    case (.plain, _), (_, .mono): break
    case (_, .sixteen): text += ";\(color.sixteen)"
    case (_, .indexed): text += ";38;5;\(color.indexed)"
    case (_, .truecolor): text += ";38;2;\(color.red);\(color.green);\(color.blue)"
    }
    return text
  }

  private struct Color {
    let sixteen: Int
    let indexed: Int
    let red: Int
    let green: Int
    let blue: Int
  }

  /// By the raw value of `Ink`.
  private static let colors = [
    Color(sixteen: 39, indexed: 7, red: 204, green: 204, blue: 204),
    Color(sixteen: 90, indexed: 244, red: 128, green: 132, blue: 142),
    Color(sixteen: 97, indexed: 255, red: 238, green: 240, blue: 244),
    Color(sixteen: 36, indexed: 80, red: 86, green: 200, blue: 216),
    Color(sixteen: 32, indexed: 78, red: 98, green: 209, blue: 130),
    Color(sixteen: 33, indexed: 221, red: 240, green: 198, blue: 84),
    Color(sixteen: 31, indexed: 203, red: 255, green: 98, blue: 98),
    Color(sixteen: 36, indexed: 80, red: 86, green: 200, blue: 216),
    Color(sixteen: 35, indexed: 176, red: 214, green: 140, blue: 220),
    Color(sixteen: 34, indexed: 75, red: 100, green: 165, blue: 250),
  ]
}

/// What a terminal can show.
package struct TerminalLook: Equatable, Sendable {
  package var depth: ColorDepth
  /// Only ASCII: another locale than UTF-8.
  package var isPlain: Bool

  /// A look of these.
  package init(depth: ColorDepth, isPlain: Bool) {
    self.depth = depth
    self.isPlain = isPlain
  }

  /// What the variables of the environment say of the terminal: `NO_COLOR`, `COLORTERM`, `TERM`,
  /// and the locale.
  package init(environment: [String: String]) {
    let term = environment["TERM"] ?? ""
    if environment["NO_COLOR"]?.isEmpty == false || term == "dumb" || term.hasSuffix("-mono")
      || term.hasPrefix("vt1")
    {
      depth = .mono
    } else if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
      || term.hasSuffix("-direct")
    {
      depth = .truecolor
    } else {
      depth = term.contains("256") ? .indexed : .sixteen
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    let name = (locale ?? "").lowercased()
    isPlain = !(name.contains("utf-8") || name.contains("utf8"))
  }
}
