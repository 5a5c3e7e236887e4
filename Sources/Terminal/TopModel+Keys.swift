internal import Codec

/// What keys and the mouse do.
extension TopModel {
  private static let minute: Int64 = 60_000_000_000
  private static let hour: Int64 = 3_600_000_000_000

  mutating func press(_ key: Key) -> [TopEffect] {
    if key == .control("c") { return [.quit] }
    if key == .control("z") { return [.suspend] }
    if prompt != nil { return type(key) }
    if let overlay { return press(key, over: overlay) }
    switch key {
    case .click(let row, let column): return click(row, column)
    case .wheelUp(let row, let column): return wheel(-3, row, column)
    case .wheelDown(let row, let column): return wheel(3, row, column)
    default: break
    }
    guard let action = TopBinding.action(of: key, in: place.kind) else { return [] }
    return perform(action)
  }

  mutating func perform(_ action: TopAction) -> [TopEffect] {
    switch action {
    case .up, .down, .pageUp, .pageDown, .first, .last: scroll(action)
    case .left: if places.count > 1 { back() } else { turn(by: -1) }
    case .right: if places.count > 1 { open() } else { turn(by: 1) }
    case .open: open()
    case .back: back()
    case .nextPane: focus(by: 1)
    case .previousPane: focus(by: -1)
    case .expand: expand()
    case .subject(let index): show(TopSubject.allCases[min(index, TopSubject.allCases.count - 1)])
    case .sortLeft: sort(by: -1)
    case .sortRight: sort(by: 1)
    case .invert: place.isInverted.toggle()
    case .search: prompt = TopPrompt(purpose: .search, text: "")
    case .searchNext: findNext(from: place.index + 1, step: 1)
    case .searchPrevious: findNext(from: place.index - 1, step: -1)
    case .filter: prompt = TopPrompt(purpose: .filter, text: place.condition)
    case .palette: prompt = TopPrompt(purpose: .palette, text: "")
    case .freeze: isFrozen.toggle()
    case .window: nextWindow()
    case .earlier: travel(by: -Self.minute)
    case .later: travel(by: Self.minute)
    case .muchEarlier: travel(by: -Self.hour)
    case .muchLater: travel(by: Self.hour)
    case .live: at = nil
    case .acknowledge: return acknowledge()
    case .silence: startSilence()
    case .explain:
      settings.explains.toggle()
      return [.save(settings)]
    case .help: overlay = .help(top: 0)
    case .settings: overlay = .settings(index: 0)
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    case .quit: return [.quit]
    }
    keepInView()
    return []
  }

  // MARK: Moving

  private mutating func scroll(_ action: TopAction) {
    let page = max(1, layout.tableRows - 1)
    let step =
      switch action {
      case .up: -1
      case .down: 1
      case .pageUp: -page
      case .pageDown: page
      case .first: -1_000_000
      default: 1_000_000
      }
    if isTrace {
      traceTop = max(0, min(traceTop + step, max(0, traceLines.count - layout.tableRows)))
    } else if pane == .alerts {
      alertIndex = max(0, min(alertIndex + step, alerts.count - 1))
    } else if pane == .events {
      eventTop = max(0, min(eventTop + step, max(0, data.events.count - 1)))
    } else {
      move(to: place.index + step)
    }
  }

  private mutating func wheel(_ step: Int, _ row: Int, _ column: Int) -> [TopEffect] {
    let layout = layout
    if layout.alerts?.contains(row: row, column: column) == true {
      alertIndex = max(0, min(alertIndex + step.signum(), alerts.count - 1))
    } else if layout.events?.contains(row: row, column: column) == true {
      eventTop = max(0, min(eventTop + step, max(0, data.events.count - 1)))
    } else if isTrace {
      traceTop = max(0, min(traceTop + step, max(0, traceLines.count - layout.tableRows)))
    } else {
      move(to: place.index + step)
    }
    return []
  }

  private mutating func click(_ row: Int, _ column: Int) -> [TopEffect] {
    let layout = layout
    if row == layout.tabs.row, places.count == 1 {
      if let subject = subject(atColumn: column) { show(subject) }
      return []
    }
    for (pane, area) in [
      (TopPane.graph, layout.graph), (.events, layout.events), (.alerts, layout.alerts),
    ] where area?.contains(row: row, column: column) == true {
      self.pane = pane
      if pane == .alerts, let area {
        alertIndex = max(0, min(row - area.row - 1, alerts.count - 1))
      }
      return []
    }
    guard layout.table.contains(row: row, column: column) else { return [] }
    pane = .table
    if row == layout.table.row {
      if let name = sortName(atColumn: column) { sort(byName: name) }
      return []
    }
    let index = place.top + row - layout.table.row - 1
    guard index < rowCount else { return [] }
    if index == place.index, place.key != nil { open() } else { move(to: index) }
    return []
  }

  private mutating func focus(by step: Int) {
    let layout = layout
    let there =
      isExpanded
      ? TopPane.allCases
      : TopPane.allCases.filter { pane in
        switch pane {
        case .table: true
        case .graph: layout.graph != nil
        case .events: layout.events != nil
        case .alerts: layout.alerts != nil
        }
      }
    let index = there.firstIndex(of: pane) ?? 0
    pane = there[(index + step + there.count) % there.count]
  }

  private mutating func expand() {
    isExpanded.toggle()
    if !isExpanded, !settings.hasPanes { pane = .table }
  }

  // MARK: Places

  mutating func show(_ subject: TopSubject) {
    places = [TopPlace(subject)]
    pane = .table
    isExpanded = false
    data.clear(.table)
    data.clear(.graph)
    search = ""
  }

  private mutating func turn(by step: Int) {
    guard let subject = place.subject, let index = TopSubject.allCases.firstIndex(of: subject)
    else { return }
    let count = TopSubject.allCases.count
    show(TopSubject.allCases[(index + step + count) % count])
  }

  private mutating func open() {
    guard pane == .table else { return }
    switch place.kind {
    case .groups(let subject): openGroup(subject)
    case .calls: openCall()
    case .trace: break
    }
  }

  private mutating func openGroup(_ subject: TopSubject) {
    guard let row else { return }
    place.key = row.key
    let labels = row.labels.map { TopPlace.Label(name: $0.name, value: $0.value) }
    let filter = place.filter + labels
    let title = row[subject.mainLabel]
    let seen = Set(place.filter.map(\.name))
    // One table more on the way down, then the calls themselves.
    if let next = subject.next, seen.isEmpty {
      places.append(TopPlace(next, title: title.isEmpty ? "–" : title, filter: filter))
      data.clear(.table)
      data.clear(.graph)
    } else {
      places.append(TopPlace(.calls, title: title.isEmpty ? "–" : title, filter: filter))
      data.clear(.calls)
    }
    search = ""
  }

  private mutating func openCall() {
    guard calls.indices.contains(place.index) else { return }
    guard let id = calls[place.index]["trace_id"].text else {
      return say("this call carries no trace id", .warning)
    }
    place.key = key(ofRow: place.index)
    showTrace(id)
  }

  mutating func showTrace(_ id: String) {
    data.clear(.trace)
    traceTop = 0
    places.append(TopPlace(.trace(id), title: "trace \(id.prefix(8))"))
  }

  private mutating func back() {
    if !search.isEmpty {
      search = ""
    } else if isExpanded {
      isExpanded = false
    } else if pane != .table {
      pane = .table
    } else if places.count > 1 {
      places.removeLast()
      data.clear(.table)
      data.clear(.graph)
    } else if !place.condition.isEmpty {
      place.condition = ""
    } else if isFrozen {
      isFrozen = false
    } else {
      at = nil
    }
  }

  // MARK: Order and time

  private mutating func sort(by step: Int) {
    guard let subject = place.subject else { return }
    let names = labelColumns(subject).map(\.name) + columns.map(\.figure)
    let index = names.firstIndex(of: place.sort) ?? 0
    place.sort = names[(index + step + names.count) % names.count]
    place.isInverted = false
  }

  mutating func sort(byName name: String) {
    if place.sort == name { place.isInverted.toggle() } else { place.isInverted = false }
    place.sort = name
  }

  private mutating func nextWindow() {
    let index = TopSettings.windows.firstIndex(of: settings.window) ?? 0
    settings.window = TopSettings.windows[(index + 1) % TopSettings.windows.count]
  }

  private mutating func travel(by step: Int64) {
    let serverNow = data.now.map { $0 + (answeredAt.map { now - $0 } ?? 0) } ?? now
    let present = at ?? serverNow - serverNow % 10_000_000_000
    let wanted = present + step
    isFrozen = false
    at = wanted >= serverNow ? nil : max(0, wanted)
  }

  // MARK: Alerts

  private var chosenAlert: TopAlert? {
    let alerts = alerts
    if pane == .alerts { return alerts.indices.contains(alertIndex) ? alerts[alertIndex] : nil }
    return alerts.first { $0.isFiring && $0.ackedBy == nil && !$0.isSilenced } ?? alerts.first
  }

  private mutating func acknowledge() -> [TopEffect] {
    guard at == nil, let alert = chosenAlert else {
      say(at == nil ? "there is no alert to acknowledge" : "alerts are acknowledged live", .warning)
      return []
    }
    say("acknowledging \(alert.name) …")
    return [.acknowledge(id: alert.id)]
  }

  private mutating func startSilence() {
    guard at == nil, let alert = chosenAlert else {
      return say(at == nil ? "there is no alert to silence" : "alerts are silenced live", .warning)
    }
    prompt = TopPrompt(purpose: .silence(id: alert.id), text: "1h")
  }

  // MARK: Search

  /// The next row whose labels hold the text, going round.
  mutating func findNext(from start: Int, step: Int) {
    let count = rowCount
    guard !search.isEmpty, count > 0 else { return }
    for offset in 0..<count {
      let index = ((start + offset * step) % count + count) % count
      if matches(index) { return move(to: index) }
    }
    say("no row holds \(search)", .warning)
  }

  /// Whether a row holds the text that is searched.
  func matches(_ index: Int) -> Bool {
    let wanted = search.lowercased()
    switch place.kind {
    case .groups: return data.rows[index].key.contains { $0.lowercased().contains(wanted) }
    case .calls: return EventLine.text(calls[index]).plain.lowercased().contains(wanted)
    case .trace: return false
    }
  }
}
