internal import Codec
internal import HTTP
internal import LinuxIO
internal import Terminal

/// The live view on a terminal: reads keys, signals and answers, and writes frames, until the
/// person has seen enough.
struct TopSession {
  private static let tick: Int64 = 1_000_000_000

  private var model: TopModel
  private let fetcher: TopFetcher
  private let settingsFile: String?
  private var writer: FrameWriter
  private var parser = InputParser()
  private var hasMouse: Bool
  private var depth: ColorDepth
  private var lastTick = Clock.monotonic
  private var lastCPU = Clock.processCPU
  private let user: String

  /// A session with a view that starts as `model` says.
  init(_ model: TopModel, _ fetcher: TopFetcher, settingsFile: String?, user: String) {
    self.model = model
    self.fetcher = fetcher
    self.settingsFile = settingsFile
    self.user = user
    hasMouse = model.settings.hasMouse
    depth = model.look.depth
    writer = FrameWriter(depth: model.look.depth)
  }

  /// Runs until the person quits or a signal says so, or for so many seconds.
  func run(seconds: Int64?) throws(Errno) {
    var session = self
    let end = seconds.map { Clock.monotonic + $0 * 1_000_000_000 } ?? .max
    let signals = try SignalSource(SignalSource.serving + [.windowChange, .stop])
    let epoll = try Epoll()
    try epoll.add(StandardInput.raw, .read, token: 0)
    try epoll.add(signals.raw, .read, token: 1)
    try epoll.add(fetcher.bell.raw, .read, token: 2)
    try session.enter()
    defer { Self.leave() }
    session.fetcher.ask(session.model.requests)
    let thread = try fetcher.start()
    defer {
      fetcher.end()
      // A thread that waits for a lost collector is not waited for.
      _ = thread
    }
    session.draw()
    let events = EpollEvents(capacity: 4)
    while true {
      try epoll.wait(into: events, milliseconds: session.wait)
      var effects: [TopEffect] = []
      var hasAnswers = false
      for index in 0..<events.count {
        switch events[index].token {
        case 0: effects += session.readKeys()
        case 1: effects += try session.read(signals)
        default:
          effects += session.takeAnswers()
          hasAnswers = true
        }
      }
      effects += session.passTime(atLeast: hasAnswers ? Self.tick / 2 : Self.tick)
      guard try session.carryOut(effects), Clock.monotonic < end else { return }
      session.fetcher.ask(session.model.requests)
      session.draw()
    }
  }

  /// Milliseconds until something is due without anybody's doing.
  private var wait: Int32 {
    if parser.isWaiting { return Int32(InputParser.patience / 1_000_000) }
    let left = lastTick + Self.tick + Self.tick / 4 - Clock.monotonic
    return Int32(clamping: max(1, left / 1_000_000))
  }

  private func enter() throws(Errno) {
    try TerminalMode.enter(leaving: FrameWriter.end)
    StandardOutput.write(FrameWriter.begin(mouse: hasMouse))
  }

  private static func leave() {
    StandardOutput.write(FrameWriter.end)
    TerminalMode.leave()
  }

  // MARK: What comes in

  private mutating func readKeys() -> [TopEffect] {
    guard let bytes = StandardInput.read() else { return [.quit] }
    return press(parser.take(bytes, at: Clock.monotonic))
  }

  private mutating func press(_ keys: [Key]) -> [TopEffect] {
    keys.flatMap { model.handle(.key($0), at: Clock.wall) }
  }

  private mutating func read(_ signals: borrowing SignalSource) throws(Errno) -> [TopEffect] {
    var effects: [TopEffect] = []
    while let signal = try signals.next() {
      switch signal {
      case .terminate, .interrupt, .hangUp: effects.append(.quit)
      case .stop: effects.append(.suspend)
      case .windowChange: resize()
      }
    }
    return effects
  }

  private mutating func resize() {
    guard let size = Terminal.size(of: 1) else { return }
    _ = model.handle(.resized(width: size.columns, height: size.rows), at: Clock.wall)
  }

  private mutating func takeAnswers() -> [TopEffect] {
    let inputs = fetcher.take()
    return inputs.flatMap { model.handle($0, at: Clock.wall) }
  }

  /// Tells the view that time passed, when so much has: with answers a little early, so that there
  /// is one frame for both.
  private mutating func passTime(atLeast tick: Int64) -> [TopEffect] {
    let now = Clock.monotonic
    var effects = press(parser.flush(at: now))
    if now - lastTick >= tick {
      let cpu = Clock.processCPU
      let share = Double(cpu - lastCPU) / Double(now - lastTick)
      (lastTick, lastCPU) = (now, cpu)
      effects += model.handle(.tick(cpu: share), at: Clock.wall)
    }
    return effects
  }

  // MARK: What goes out

  private mutating func draw() {
    if model.look.depth != depth {
      depth = model.look.depth
      writer = FrameWriter(depth: depth)
    }
    if model.settings.hasMouse != hasMouse {
      hasMouse = model.settings.hasMouse
      StandardOutput.write(FrameWriter.begin(mouse: hasMouse))
      if !hasMouse { StandardOutput.write(FrameWriter.withoutMouse) }
      writer.forget()
    }
    let frame = writer.write(model.screen)
    if !frame.isEmpty { StandardOutput.write(frame) }
  }

  /// Does what the view wants; false to end.
  private mutating func carryOut(_ effects: [TopEffect]) throws(Errno) -> Bool {
    for effect in effects {
      switch effect {
      case .quit: return false
      case .redraw: writer.forget()
      case .suspend:
        Self.leave()
        TerminalMode.stop()
        try enter()
        writer.forget()
        resize()
      case .save(let settings): save(settings)
      case .acknowledge(let id): fetcher.run(acknowledgement(of: id))
      case .silence(let matchers, let duration): fetcher.run(silence(matchers, duration))
      }
    }
    return true
  }

  private mutating func save(_ settings: TopSettings) {
    guard let settingsFile else { return }
    do throws(Errno) {
      let folder = settingsFile.split(separator: "/").dropLast().map { "/\($0)" }.joined()
      try FileSystem.createDirectory(folder)
      try FileSystem.writeAtomically(settings.json, to: settingsFile)
    } catch {
      _ = model.handle(
        .noted("cannot save \(settingsFile): \(error.text)", isGood: false), at: Clock.wall)
    }
  }

  private func acknowledgement(of id: String) -> TopFetcher.Errand {
    var json = JSONWriter()
    json.beginObject()
    json.key("by")
    json.value(user)
    json.key("comment")
    json.value("from barograph top")
    json.endObject()
    return TopFetcher.Errand(
      method: .post, path: "/v1/alerts/\(id)/ack", body: json.bytes, success: "acknowledged")
  }

  private func silence(_ matchers: [String], _ duration: String) -> TopFetcher.Errand {
    var json = JSONWriter()
    json.beginObject()
    json.key("matchers")
    json.beginArray()
    for matcher in matchers { json.value(matcher) }
    json.endArray()
    json.key("duration")
    json.value(duration)
    json.key("created_by")
    json.value(user)
    json.key("comment")
    json.value("from barograph top")
    json.endObject()
    return TopFetcher.Errand(
      method: .post, path: "/v1/silences", body: json.bytes, success: "silenced for \(duration)")
  }
}
