/// What keys do.
enum TopAction: Equatable, Sendable {
  case up, down, pageUp, pageDown, first, last, left, right, open, back
  case nextPane, previousPane, expand, subject(Int)
  case sortLeft, sortRight, invert
  case search, searchNext, searchPrevious, filter, palette
  case freeze, window, earlier, later, muchEarlier, muchLater, live
  case acknowledge, silence, explain
  case help, settings, redraw, suspend, quit
}

/// One line of the table of keys: the one place that says which key does what.
struct TopBinding: Sendable {
  /// Where a key works.
  enum Scope: Sendable { case everywhere, groups, lists, traces, alerts }

  let keys: [Key]
  let action: TopAction
  /// What help says.
  let help: String
  let scope: Scope
  /// The word for the last line of the screen; empty for none.
  let hint: String

  init(
    _ keys: [Key], _ action: TopAction, _ help: String, _ scope: Scope = .everywhere,
    hint: String = ""
  ) {
    (self.keys, self.action, self.help) = (keys, action, help)
    (self.scope, self.hint) = (scope, hint)
  }

  static let all: [TopBinding] = [
    TopBinding([.character("?"), .function(1)], .help, "this help", hint: "help"),
    TopBinding([.enter], .open, "open the row: groups, calls, trace", .lists, hint: "open"),
    TopBinding([.escape, .backspace], .back, "back; drop search, filter, freeze", hint: "back"),
    TopBinding([.up, .character("k")], .up, "up"),
    TopBinding([.down, .character("j")], .down, "down"),
    TopBinding([.left, .character("h")], .left, "table to the left; back when drilled down"),
    TopBinding([.right, .character("l")], .right, "table to the right; open when drilled down"),
    TopBinding([.pageUp, .control("b")], .pageUp, "a page up"),
    TopBinding([.pageDown, .control("f")], .pageDown, "a page down"),
    TopBinding([.character("g"), .home], .first, "first row"),
    TopBinding([.character("G"), .end], .last, "last row"),
    TopBinding(
      (1...6).map { .character(Character(String($0))) }, .subject(0),
      "services, models, tenants, prompts, tools, errors"),
    TopBinding([.tab], .nextPane, "next pane"),
    TopBinding([.backTab], .previousPane, "previous pane"),
    TopBinding([.character("e")], .expand, "pane on the whole screen, and back"),
    TopBinding([.character("<"), .character(",")], .sortLeft, "sort by the column left", .groups),
    TopBinding(
      [.character(">"), .character(".")], .sortRight, "sort by the column right", .groups,
      hint: "sort"),
    TopBinding([.character("I")], .invert, "turn the order round", .groups),
    TopBinding([.character("/")], .search, "search rows", .lists, hint: "search"),
    TopBinding([.character("n")], .searchNext, "next match", .lists),
    TopBinding([.character("N")], .searchPrevious, "previous match", .lists),
    TopBinding(
      [.character("\\"), .function(4)], .filter, "filter: model:gpt* and error_rate>1%", .groups,
      hint: "filter"),
    TopBinding([.character(":")], .palette, "commands", hint: "commands"),
    TopBinding([.character("w")], .window, "next window: 10s 1m 5m 15m 1h", hint: "window"),
    TopBinding([.character(" ")], .freeze, "freeze, and go on", hint: "freeze"),
    TopBinding([.character("[")], .earlier, "back in time by a minute", hint: "past"),
    TopBinding([.character("]")], .later, "forward by a minute, up to now"),
    TopBinding([.character("{")], .muchEarlier, "back in time by an hour"),
    TopBinding([.character("}")], .muchLater, "forward by an hour, up to now"),
    TopBinding([.character("L")], .live, "back to now"),
    TopBinding([.character("a")], .acknowledge, "acknowledge the alert"),
    TopBinding([.character("s")], .silence, "silence the alert"),
    TopBinding(
      [.character("x")], .explain, "say why spans were counted, or not", .traces,
      hint: "explain"),
    TopBinding([.function(2)], .settings, "settings", hint: "settings"),
    TopBinding([.control("l")], .redraw, "draw everything anew"),
    TopBinding([.control("z")], .suspend, "into the background"),
    TopBinding([.character("q"), .control("c")], .quit, "quit", hint: "quit"),
  ]

  /// Whether the key works in a place.
  func works(in kind: TopPlace.Kind) -> Bool {
    switch (scope, kind) {
    case (.everywhere, _), (.alerts, _): true
    case (.groups, .groups), (.lists, .groups), (.lists, .calls), (.traces, .trace): true
    default: false
    }
  }

  /// What a key does in a place.
  static func action(of key: Key, in kind: TopPlace.Kind) -> TopAction? {
    guard let found = all.first(where: { $0.keys.contains(key) && $0.works(in: kind) }) else {
      return nil
    }
    if case .subject = found.action, let place = found.keys.firstIndex(of: key) {
      return .subject(place)
    }
    return found.action
  }

  /// The keys of a place as help shows them.
  static func active(in kind: TopPlace.Kind) -> [(keys: String, help: String)] {
    all.filter { $0.works(in: kind) }.map { binding in
      (binding.keys.map(\.name).joined(separator: " "), binding.help)
    } + [
      ("mouse", "click: mark, open when marked, sort by a heading, pane; wheel: rows")
    ]
  }
}
