internal import Quality
internal import Synchronization

/// A model at one place under one key: whoever asks it, for whatever judge, goes through its gate
/// and its breaker. Times are on the monotonic clock.
final class JudgeEndpoint: Sendable {
  /// What is the same for all who share it.
  struct Name: Hashable, Sendable {
    let baseURL: String
    let model: String
    let key: String

    init(_ endpoint: JudgeSettings.Endpoint) {
      (baseURL, model) = (endpoint.baseURL, endpoint.model)
      key =
        switch endpoint.key {
        case nil: ""
        case .environment(let name)?: "env \(name)"
        case .file(let path)?: "file \(path)"
        }
    }
  }

  /// What a caller is told who wants to send.
  enum Departure: Equatable {
    case go(Pass)
    /// It asks again at this time, or when its place is called.
    case wait(until: Int64)
    case never
    case refused
  }

  /// What the holder gives back by `finish`.
  struct Pass: Equatable {
    let ticket: Int
    let permit: CircuitBreaker.Permit
    let breaker: CircuitBreaker.State
  }

  private struct State: Sendable {
    var gate: RateGate
    var breaker: CircuitBreaker
    /// Those who wait at the gate, who came first at the front.
    var line: [JudgeWaiting.Place] = []
    var gateWait: Int64 = 0
    var delayed = 0
    var underWay = 0
    var mostUnderWay = 0
    /// Tries by the word for what came of them.
    var tries: [String: Int] = [:]
  }

  let endpoint: JudgeSettings.Endpoint
  private let state: Mutex<State>

  init(_ endpoint: JudgeSettings.Endpoint, _ tuning: JudgeTuning) {
    self.endpoint = endpoint
    state = Mutex(
      State(
        gate: RateGate(requests: nil, tokens: nil, window: tuning.gateWindow),
        breaker: CircuitBreaker(tuning.breaker)))
  }

  /// Takes on other bounds; what was sent counts on.
  func allow(requests: Int?, tokens: Int?) {
    state.withLock { state in
      state.gate.allow(requests: requests, tokens: tokens)
      state.line.first?.call()
    }
  }

  /// Whether the breaker lets nobody through just now; counts who asks in vain.
  func isShut(now: Int64) -> Bool {
    state.withLock { state in
      guard state.breaker.state(now: now) == .open else { return false }
      if case .refused = state.breaker.permit(now: now) { return true }
      preconditionFailure("an open breaker refuses")
    }
  }

  /// Takes a place in the line at the gate; `leave` gives it up.
  func join(_ place: JudgeWaiting.Place) {
    state.withLock { $0.line.append(place) }
  }

  /// Leaves the line, after having waited so long in ns.
  func leave(_ place: JudgeWaiting.Place, waited: Int64) {
    state.withLock { state in
      state.line.removeAll { $0 === place }
      state.line.first?.call()
      guard waited > 0 else { return }
      state.gateWait += waited
      state.delayed += 1
    }
  }

  /// Asked right before sending, from a place in the line. Who may go calls `finish` after.
  func depart(from place: JudgeWaiting.Place, tokens: Int, now: Int64) -> Departure {
    state.withLock { state in
      if state.breaker.state(now: now) == .open {
        _ = state.breaker.permit(now: now)
        return .refused
      }
      guard state.line.first === place else { return .wait(until: .max) }
      switch state.gate.depart(tokens: tokens, now: now) {
      case .wait(let time): return .wait(until: time)
      case .never: return .never
      case .go(let ticket):
        let permit = state.breaker.permit(now: now)
        if case .refused = permit {
          state.gate.settle(ticket, tokens: 0)
          return .refused
        }
        state.underWay += 1
        state.mostUnderWay = max(state.mostUnderWay, state.underWay)
        return .go(
          Pass(
            ticket: ticket, permit: permit, breaker: permit == .probe ? .halfOpen : .closed))
      }
    }
  }

  /// Notes what came of a try that went: the tokens that count at the gate, and whether the
  /// provider is in trouble; nil says nothing of it.
  func finish(
    _ pass: Pass, tokens: Int, isTrouble: Bool?, word: String, holdUntil: Int64?, now: Int64
  ) {
    state.withLock { state in
      state.underWay -= 1
      state.gate.settle(pass.ticket, tokens: tokens)
      if let holdUntil { state.gate.hold(until: holdUntil) }
      if let isTrouble { state.breaker.record(pass.permit, isTrouble: isTrouble, now: now) }
      state.tries[word, default: 0] += 1
      // There may be room sooner than thought; when the breaker has opened, for nobody.
      if state.breaker.state(now: now) == .open {
        for place in state.line { place.call() }
      } else {
        state.line.first?.call()
      }
    }
  }

  func report(lack: String?, now: Int64) -> JudgeReport.Endpoint {
    state.withLock { state in
      let load = state.gate.load(now: now)
      return JudgeReport.Endpoint(
        endpoint: endpoint, lack: lack, breaker: state.breaker.state(now: now),
        openings: state.breaker.openings, refusals: state.breaker.refusals, tries: state.tries,
        gateWait: state.gateWait, delayed: state.delayed, waiting: state.line.count,
        requests: load.requests,
        tokens: load.tokens, underWay: state.underWay, mostUnderWay: state.mostUnderWay)
    }
  }
}
