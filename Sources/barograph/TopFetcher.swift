internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Telemetry
internal import Terminal

/// Asks the collector on a thread of its own, so that the view answers keys while it waits.
final class TopFetcher: Sendable {
  /// Something a person wants done, and how it is called.
  struct Errand: Sendable {
    let method: HTTPMethod
    let path: String
    let body: [UInt8]?
    /// What is said when it was done.
    let success: String
  }

  private struct State: Sendable {
    var requests: [TopRequest] = []
    var errands: [Errand] = []
    var inbox: [TopInput] = []
    var isEnding = false
  }

  private static let retry: Int64 = 500_000_000
  /// What is due so soon is asked with what is due now, for one frame instead of two.
  private static let together: Int64 = 150_000_000

  private let url: String
  /// Where administration is asked for: the socket of a data directory, or the collector itself.
  private let adminURL: String
  private let key: Secret?
  private let state = Guarded(State())
  private let kick: EventNotifier
  /// Rung when something came in.
  let bell: EventNotifier

  /// Asks nothing until it is told what.
  init(url: String, adminURL: String, key: Secret?) throws(Errno) {
    self.url = url
    self.key = key
    self.adminURL = adminURL
    kick = try EventNotifier()
    bell = try EventNotifier()
  }

  /// Starts asking; goes on until `end`.
  func start() throws(Errno) -> Thread {
    try Thread(name: "fetch") { [self] in run() }
  }

  /// Asks for these from now on.
  func ask(_ requests: [TopRequest]) {
    let hasChanged = state.withLock { state in
      defer { state.requests = requests }
      return state.requests != requests
    }
    if hasChanged { kick.signal() }
  }

  /// Does an errand as soon as possible.
  func run(_ errand: Errand) {
    state.withLock { $0.errands.append(errand) }
    kick.signal()
  }

  /// What came in since the last look.
  func take() -> [TopInput] {
    bell.drain()
    return state.withLock { state in
      defer { state.inbox.removeAll() }
      return state.inbox
    }
  }

  /// Tells the thread to end; it may take as long as an answer that it waits for.
  func end() {
    state.withLock { $0.isEnding = true }
    kick.signal()
  }

  private func deliver(_ inputs: [TopInput]) {
    state.withLock { $0.inbox += inputs }
    bell.signal()
  }

  private func run() {
    do throws(ClientError) {
      let client = try HTTPClient(
        url: url, key: key, limits: .init(connectMilliseconds: 2_000, idleMilliseconds: 10_000))
      keepAsking(client)
    } catch {
      deliver([.lost("\(error)")])
    }
  }

  private func keepAsking(_ client: HTTPClient) {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(kick.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      var asked: [TopRequest.Part: (path: String, due: Int64)] = [:]
      while !state.withLock({ $0.isEnding }) {
        runErrands()
        let wait = askDue(client, &asked)
        try epoll.wait(into: events, milliseconds: Int32(clamping: wait / 1_000_000 + 1))
        kick.drain()
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  /// Asks what is due; gives the nanoseconds until something is again.
  private func askDue(
    _ client: HTTPClient, _ asked: inout [TopRequest.Part: (path: String, due: Int64)]
  ) -> Int64 {
    var answers: [TopInput] = []
    var isLost = false
    let requests = state.withLock { $0.requests }
    for request in requests {
      let now = Clock.monotonic
      let isNew = asked[request.part]?.path != request.path
      if let known = asked[request.part], known.path == request.path {
        guard request.period != nil, known.due <= now + Self.together else { continue }
      }
      do throws(ClientError) {
        let answer = try client.request(.get, request.path)
        answers.append(
          .answered(TopAnswer(request, status: answer.status, body: answer.body)))
        let before = asked[request.part].flatMap { $0.path == request.path ? $0.due : nil } ?? now
        let period = request.period ?? .max / 2
        // On the beat, unless that is past already.
        asked[request.part] = (request.path, max(before &+ period, now &+ period / 2))
        // What a person waits for is shown before the rest is asked.
        if isNew {
          deliver(answers)
          answers = []
        }
      } catch {
        answers.append(.lost("\(error)"))
        asked.removeAll()
        isLost = true
        break
      }
    }
    if !answers.isEmpty { deliver(answers) }
    guard !isLost else { return Self.retry }
    let parts = Dictionary(requests.map { ($0.part, $0.period) }) { first, _ in first }
    let next = asked.filter { parts[$0.key].map { $0 != nil } ?? false }.map(\.value.due).min()
    return min(max(0, (next ?? .max / 2) - Clock.monotonic), 3_600_000_000_000)
  }

  private func runErrands() {
    let errands = state.withLock { state in
      defer { state.errands.removeAll() }
      return state.errands
    }
    for errand in errands { deliver([outcome(of: errand)]) }
  }

  private func outcome(of errand: Errand) -> TopInput {
    do throws(ClientError) {
      let client = try HTTPClient(
        url: adminURL, key: key,
        limits: .init(connectMilliseconds: 2_000, idleMilliseconds: 10_000))
      let answer = try client.request(
        errand.method, errand.path, headers: [HTTPField("Content-Type", "application/json")],
        body: errand.body)
      if answer.isSuccess { return .noted(errand.success, isGood: true) }
      let hint =
        [401, 403, 404].contains(answer.status) && adminURL == url
        ? "; give --data DIR of the collector" : ""
      return .noted(CollectorConnection.message(of: answer) + hint, isGood: false)
    } catch {
      return .noted("\(error)", isGood: false)
    }
  }
}
