internal import Codec

/// What the view remembers between runs.
package struct TopSettings: Equatable, Sendable {
  package var subject = TopSubject.models
  package var window = "1m"
  /// Tenths of a second between two looks.
  package var interval = 10
  /// A fixed depth of colour; nil goes by the terminal.
  package var depth: ColorDepth?
  /// ASCII only; nil goes by the locale.
  package var isPlain: Bool?
  package var hasMouse = true
  /// Whether traces say why spans were counted.
  package var explains = true
  /// Whether the panes below the table are shown.
  package var hasPanes = true

  /// The windows there are.
  package static let windows = ["10s", "1m", "5m", "15m", "1h"]
  static let intervals = [5, 10, 20, 50, 100]

  /// The usual ones.
  package init() {}

  /// Reads what `json` wrote; what is missing or wrong there is usual.
  package init(_ bytes: [UInt8]) {
    guard let answer = Answer(bytes) else { return }
    subject = answer["subject"].text.flatMap(TopSubject.init) ?? subject
    if let name = answer["window"].text, Self.windows.contains(name) { window = name }
    if let tenths = answer["interval_s"].number.map({ Int(max(0, min($0, 3_600)) * 10) }),
      tenths >= 1
    {
      interval = tenths
    }
    depth = answer["color"].text.flatMap(ColorDepth.init)
    if case .flag(let flag) = answer["ascii"] { isPlain = flag }
    if case .flag(let flag) = answer["mouse"] { hasMouse = flag }
    if case .flag(let flag) = answer["explain"] { explains = flag }
    if case .flag(let flag) = answer["panes"] { hasPanes = flag }
  }

  /// As it is saved.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("subject")
    json.value(subject.rawValue)
    json.key("window")
    json.value(window)
    json.key("interval_s")
    json.value(Double(interval) / 10)
    json.key("color")
    if let depth { json.value(depth.rawValue) } else { json.value("auto") }
    json.key("ascii")
    if let isPlain { json.value(isPlain) } else { json.null() }
    json.key("mouse")
    json.value(hasMouse)
    json.key("explain")
    json.value(explains)
    json.key("panes")
    json.value(hasPanes)
    json.endObject()
    return json.bytes + [0x0A]
  }
}
