internal import Intake
internal import Codec
internal import HTTP
package import LinuxIO
package import Telemetry
package import Windows

/// One intake thread: its sockets, its connections, its decoder, its journal. Nothing here is
/// touched by another thread but the mailbox, the journal's rings and the books.
package final class EventLoop: @unchecked Sendable {
  // @unchecked because everything but the thread-safe parts named above belongs to the thread that
  // calls `run`; the others are handed over when it starts.

  /// Looks at a batch that was stored and answered, on the loop's thread; its memory is used again
  /// after.
  package typealias Sight = @Sendable (EventBatch) -> Void

  /// What the loops of one server share.
  package struct Surroundings: Sendable {
    package let routes: [Route]
    package let queries: QueryPool
    package let evaluations: QueryPool
    package let memory: MemoryGauge
    package let rejects: RejectStore
    package let dimensions: DimensionTable
    package let access: AccessDesk
    package let log: @Sendable (ServingNote) -> Void

    /// What all loops stand on.
    package init(
      routes: [Route], queries: QueryPool, evaluations: QueryPool, memory: MemoryGauge,
      rejects: RejectStore, dimensions: DimensionTable, access: AccessDesk,
      log: @escaping @Sendable (ServingNote) -> Void
    ) {
      self.routes = routes
      self.queries = queries
      self.evaluations = evaluations
      self.memory = memory
      self.rejects = rejects
      self.dimensions = dimensions
      self.access = access
      self.log = log
    }
  }

  let shared: Surroundings
  let windows: WindowShard
  let table: RouteTable
  /// The way to the writer, and what this loop took in, answered and received, for other threads.
  package let journal: Journal
  package let books = IntakeBook()
  package let http = HTTPBook()
  package let datagrams = DatagramBook()
  package let limits = LimitBook()
  let mailbox: Mailbox
  let orders = LoopOrders()
  var settings: ServingSettings
  var hosts: HostRules
  var rules: AccessRules
  var rulesRevision = 0
  var strangers: Strangers
  var decoder: EventDecoder
  var batches: BatchPool
  var rate = DrainRate()

  let sight: Sight?
  let epoll: Epoll
  let events = EpollEvents()
  /// Where bytes are read to before their connection gets them.
  let arrivals = ByteSlab(capacity: 64 << 10)
  var listeners: [ListenerSlot] = []
  var connections: [Connection?] = []
  var freeSlots: [Int] = []
  var generation: UInt64 = 0
  var connectionCount = 0
  let connectionLimit: Int
  var datagramIntake: DatagramIntake?
  var waitingDatagrams: [EventBatch] = []
  var date = DateLine()
  var isDraining = false
  private var nextSweep: Int64 = 0

  /// A loop that listens nowhere yet. Batches with finished calls are shown to `sight`.
  package init(
    shared: Surroundings, settings: ServingSettings, journal: Journal, windows: WindowShard,
    connectionLimit: Int, sight: Sight? = nil
  ) throws(Errno) {
    self.shared = shared
    self.windows = windows
    self.settings = settings
    self.journal = journal
    self.connectionLimit = connectionLimit
    self.sight = sight
    table = RouteTable(shared.routes)
    hosts = HostRules(settings)
    rules = shared.access.rules
    strangers = Strangers(rules)
    decoder = EventDecoder(dimensions: shared.dimensions, settings: settings.intake)
    batches = BatchPool()
    epoll = try Epoll()
    mailbox = Mailbox { journal.ringBack() }
    try epoll.add(journal.bell.raw, .read, token: Token.bell)
  }

  /// Accepts connections on `listener`. Before `run`.
  package func serve(_ listener: consuming Listener, _ listening: Listening) throws(Errno) {
    let isShared = listener.address.path != nil
    try epoll.add(
      listener.raw, isShared ? [.read, .exclusive] : .read,
      token: Token.listener | UInt64(listeners.count))
    listeners.append(ListenerSlot(listener: listener, listening: listening))
  }

  /// Takes in datagrams from `socket`. Before `run`.
  package func receive(_ socket: consuming DatagramSocket) throws(Errno) {
    try epoll.add(socket.raw, .read, token: Token.datagrams)
    datagramIntake = try DatagramIntake(socket: socket, book: datagrams)
  }

  /// Asks the loop to take on new rules. From any thread.
  package func follow(_ settings: ServingSettings) {
    orders.follow(settings)
    journal.ringBack()
  }

  /// Asks the loop to take in nothing new, to answer what it has, and to return. From any thread.
  package func drain() {
    orders.drain()
    journal.ringBack()
  }

  /// Serves until drained.
  package func run() {
    while !isDone {
      do throws(Errno) {
        try epoll.wait(into: events, milliseconds: waitTime)
      } catch {
        preconditionFailure("waiting on our own epoll works: \(error)")
      }
      for index in 0..<events.count {
        let (token, ready) = events[index]
        handle(token, ready)
      }
      takeOrders()
      takeVerdicts()
      takeLetters()
      resumeDatagrams()
      sweep()
    }
    for connection in connections { if let connection { close(connection) } }
  }

  private func handle(_ token: UInt64, _ ready: Epoll.Interest) {
    switch token & Token.kinds {
    case Token.listener: acceptAll(Int(token & ~Token.kinds))
    case Token.datagrams: receiveDatagrams()
    case Token.bell: _ = journal.bell.drain()
    default:
      guard let connection = connection(token) else { return }
      if !ready.isDisjoint(with: [.read, .hangUp, .error, .peerClosed]) {
        readable(connection)
      }
      if ready.contains(.write), self.connection(token) != nil {
        flush(connection)
        // What its stream said while there was no room has been passed over.
        if self.connection(token) != nil { flushStream(connection) }
      }
    }
  }

  private func takeOrders() {
    guard let orders = orders.take() else { return }
    if let settings = orders.settings {
      self.settings = settings
      hosts = HostRules(settings)
      decoder.follow(settings.intake)
    }
    if orders.drains, !isDraining { beginDraining() }
  }

  private func beginDraining() {
    isDraining = true
    receiveDatagrams()
    datagramIntake = nil
    listeners.removeAll()
    for connection in connections {
      guard let connection else { continue }
      switch connection.phase {
      case .head where connection.input.count == 0: close(connection)
      case .streaming(let sink):
        sink.close()
        close(connection)
      default: connection.request?.closes = true
      }
    }
  }

  private var isDone: Bool {
    isDraining && connectionCount == 0 && journal.length == 0 && waitingDatagrams.isEmpty
  }

  private var waitTime: Int32 {
    datagramIntake?.isPaused == true || !waitingDatagrams.isEmpty ? 1 : 500
  }

  /// Closes what has been idle for too long; at most every half second.
  private func sweep() {
    let now = Clock.coarseMonotonic
    guard now >= nextSweep else { return }
    nextSweep = now + 500_000_000
    for connection in connections {
      guard let connection else { continue }
      expire(connection, now)
      endForbidden(connection)
    }
    windows.tend(now: Clock.coarseWall)
  }

  private func expire(_ connection: Connection, _ now: Int64) {
    switch connection.phase {
    case .waiting, .streaming: return
    case .head where connection.input.count > 0 && now - connection.startedAt > settings.headTime,
      .body where now - connection.startedAt > bodyTime(connection):
      fail(connection, ErrorBody(408, "request_timeout", "the request did not arrive in time"))
    default:
      guard now - connection.lastActive > settings.idle || isDraining else { return }
      if !isDraining { limits.count(.idle) }
      close(connection)
    }
  }

  /// A body may take the idle time and a second for each 16 KiB of it.
  private func bodyTime(_ connection: Connection) -> Int64 {
    settings.idle + Int64(connection.request?.body.count ?? 0) / (16 << 10) * 1_000_000_000
  }
}

/// What an epoll token says.
enum Token {
  static let kinds: UInt64 = 3 << 62
  static let connection: UInt64 = 0
  static let listener: UInt64 = 1 << 62
  static let datagrams: UInt64 = 2 << 62
  static let bell: UInt64 = 3 << 62
}

/// A listener and what callers may do there.
final class ListenerSlot {
  let listener: Listener
  let listening: Listening

  init(listener: consuming Listener, listening: Listening) {
    self.listener = listener
    self.listening = listening
  }
}

/// Something an operator should read in the log.
package struct ServingNote: Sendable {
  package let isError: Bool
  package let message: String
  package let requestID: String

  /// A note about a request, or about none when the id is empty.
  package init(_ message: String, requestID: String = "", isError: Bool = false) {
    self.message = message
    self.requestID = requestID
    self.isError = isError
  }
}
