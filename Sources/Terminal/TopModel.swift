/// What comes to the view from outside.
package enum TopInput: Sendable {
  case key(Key)
  case resized(width: Int, height: Int)
  /// An answer that came at a moment of our own clock.
  case answered(TopAnswer)
  /// The collector cannot be reached, and why.
  case lost(String)
  /// What came of a request of the person's: an acknowledgement, a silence.
  case noted(String, isGood: Bool)
  /// Time passes; how much of a processor the view itself takes.
  case tick(cpu: Double?)
}

/// What the view wants done.
package enum TopEffect: Equatable, Sendable {
  case quit, suspend, redraw
  case save(TopSettings)
  case acknowledge(id: String)
  case silence(matchers: [String], duration: String)
}

/// The live view as a state machine: what comes in changes its state, and it says what to ask the
/// collector, what else to do, and how the screen looks. It does no input or output itself.
package struct TopModel: Sendable {
  /// How things stand with the collector.
  enum Connection: Equatable, Sendable {
    case connecting
    case connected
    case lost(String, since: Int64)
  }

  /// A line for the person, until it has been there long enough.
  struct Note: Equatable, Sendable {
    let text: String
    let style: Style
    let until: Int64
  }

  static let noteTime: Int64 = 5_000_000_000

  /// The address shown.
  let url: String
  /// What the environment says the terminal can show.
  let terminal: TerminalLook
  /// The settings in force.
  package internal(set) var settings: TopSettings
  var width: Int
  var height: Int
  var places: [TopPlace]
  /// The moment looked at; nil is now.
  var at: Int64?
  var isFrozen = false
  var data = TopData()
  var connection = Connection.connecting
  var prompt: TopPrompt?
  var overlay: TopOverlay?
  var note: Note?
  var pane = TopPane.table
  var isExpanded = false
  var search = ""
  var alertIndex = 0
  var eventTop = 0
  var traceTop = 0
  /// The wall clock, as last told, and when the newest figures came.
  var now: Int64
  var answeredAt: Int64?
  var ownCPU: Double?

  /// A view of the collector at `url` on a terminal of this size, at `now`.
  package init(
    url: String, settings: TopSettings, place: TopStart = TopStart(), terminal: TerminalLook,
    width: Int, height: Int, now: Int64, at: Int64? = nil
  ) {
    self.url = url
    self.settings = settings
    self.terminal = terminal
    self.width = max(1, width)
    self.height = max(1, height)
    self.now = now
    self.at = at
    var first = TopPlace(settings.subject)
    first.sort = place.sort ?? first.sort
    first.isInverted = place.isInverted
    first.condition = place.condition
    places = [first]
  }

  /// The look in force.
  package var look: TerminalLook {
    TerminalLook(
      depth: settings.depth ?? terminal.depth, isPlain: settings.isPlain ?? terminal.isPlain)
  }

  /// The place looked at; there always is one.
  var place: TopPlace {
    get { places[places.count - 1] }
    set { places[places.count - 1] = newValue }
  }

  /// Takes what came at `now` (wall clock, ns), and says what is to be done.
  package mutating func handle(_ input: TopInput, at now: Int64) -> [TopEffect] {
    self.now = now
    if let note, note.until <= now { self.note = nil }
    switch input {
    case .key(let key): return press(key)
    case .resized(let width, let height):
      (self.width, self.height) = (max(1, width), max(1, height))
      keepInView()
      return []
    case .answered(let answer): take(answer)
    case .lost(let message):
      if case .lost(_, let since) = connection {
        connection = .lost(message, since: since)
      } else {
        connection = .lost(message, since: now)
      }
    case .noted(let text, let isGood): say(text, isGood ? .good : .bad)
    case .tick(let cpu): if let cpu { ownCPU = cpu }
    }
    return []
  }

  mutating func say(_ text: String, _ style: Style = .plain) {
    note = Note(text: text, style: style, until: now + Self.noteTime)
  }

  private mutating func take(_ answer: TopAnswer) {
    connection = .connected
    // What was asked before the person looked elsewhere comes too late.
    guard
      requests.contains(where: { $0.part == answer.request.part && $0.path == answer.request.path })
    else { return }
    if answer.request.part == .total { answeredAt = now }
    data.take(answer)
    if answer.request.part == .table || answer.request.part == .calls { followKey() }
  }

  // MARK: Rows

  /// How many rows the list of the place has.
  var rowCount: Int {
    switch place.kind {
    case .groups: data.rows.count
    case .calls: calls.count
    case .trace: 0
    }
  }

  /// The recent calls of the place: those whose labels are missing where the filter says so.
  var calls: [Answer] {
    let missing = place.filter.filter(\.value.isEmpty)
    guard !missing.isEmpty else { return data.calls }
    return data.calls.filter { call in missing.allSatisfy { call[$0.name].text == nil } }
  }

  /// What tells a row from the others.
  func key(ofRow index: Int) -> [String]? {
    switch place.kind {
    case .groups: data.rows.indices.contains(index) ? data.rows[index].key : nil
    case .calls:
      calls.indices.contains(index) ? [String(Int(calls[index]["id"].number ?? 0))] : nil
    case .trace: nil
    }
  }

  /// The marked row.
  var row: TopRow? {
    guard case .groups = place.kind, data.rows.indices.contains(place.index) else { return nil }
    return data.rows[place.index]
  }

  /// Keeps the mark on the row a person put it on, wherever that went.
  mutating func followKey() {
    if let key = place.key, let index = (0..<rowCount).first(where: { self.key(ofRow: $0) == key })
    {
      place.index = index
    }
    keepInView()
  }

  mutating func move(to index: Int) {
    place.index = max(0, min(index, rowCount - 1))
    place.key = key(ofRow: place.index)
    keepInView()
  }

  /// Scrolls so that the marked row is on the screen.
  mutating func keepInView() {
    guard rowCount > 0 else {
      if data.paths[.table] != nil || data.paths[.calls] != nil { place.top = 0 }
      return
    }
    place.index = max(0, min(place.index, rowCount - 1))
    let visible = max(1, layout.tableRows)
    if place.index < place.top { place.top = place.index }
    if place.index >= place.top + visible { place.top = place.index - visible + 1 }
    place.top = max(0, min(place.top, rowCount - 1))
  }
}
