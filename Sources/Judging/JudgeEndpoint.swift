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
    case go(CircuitBreaker.Permit, CircuitBreaker.State)
    case wait(until: Int64)
    case never
    case refused
  }

  private struct State: Sendable {
    var gate: RateGate
    var breaker: CircuitBreaker
    var gateWait: Int64 = 0
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
    state.withLock { $0.gate.allow(requests: requests, tokens: tokens) }
  }

  /// Whether the breaker lets nobody through just now; counts who asks in vain.
  func isShut(now: Int64) -> Bool {
    state.withLock { state in
      guard state.breaker.state(now: now) == .open else { return false }
      if case .refused = state.breaker.permit(now: now) { return true }
      preconditionFailure("an open breaker refuses")
    }
  }

  func admit(tokens: Int, now: Int64, patience: Int64) -> RateGate.Admission {
    state.withLock { $0.gate.admit(tokens: tokens, now: now, patience: patience) }
  }

  /// Asked right before sending, by the holder of a ticket. Who may go calls `finish` after.
  func depart(_ ticket: Int, tokens: Int, now: Int64) -> Departure {
    state.withLock { state in
      if state.breaker.state(now: now) == .open {
        _ = state.breaker.permit(now: now)
        return .refused
      }
      switch state.gate.depart(ticket, tokens: tokens, now: now) {
      case .wait(let time): return .wait(until: time)
      case .never: return .never
      case .go: break
      }
      let permit = state.breaker.permit(now: now)
      if case .refused = permit {
        state.gate.settle(ticket, tokens: 0)
        return .refused
      }
      state.underWay += 1
      state.mostUnderWay = max(state.mostUnderWay, state.underWay)
      return .go(permit, permit == .probe ? .halfOpen : .closed)
    }
  }

  /// Lets go of a ticket that nothing was sent by.
  func abandon(_ ticket: Int) { state.withLock { $0.gate.settle(ticket, tokens: 0) } }

  /// Notes what came of a try that went: the tokens that count at the gate, and whether the
  /// provider is in trouble; nil says nothing of it.
  func finish(
    _ permit: CircuitBreaker.Permit, _ ticket: Int, tokens: Int, isTrouble: Bool?, word: String,
    holdUntil: Int64?, now: Int64
  ) {
    state.withLock { state in
      state.underWay -= 1
      state.gate.settle(ticket, tokens: tokens)
      if let holdUntil { state.gate.hold(until: holdUntil) }
      if let isTrouble { state.breaker.record(permit, isTrouble: isTrouble, now: now) }
      state.tries[word, default: 0] += 1
    }
  }

  func note(gateWait: Int64) { state.withLock { $0.gateWait += gateWait } }

  func report(lack: String?, now: Int64) -> JudgeReport.Endpoint {
    state.withLock { state in
      let load = state.gate.load(now: now)
      return JudgeReport.Endpoint(
        endpoint: endpoint, lack: lack, breaker: state.breaker.state(now: now),
        openings: state.breaker.openings, refusals: state.breaker.refusals, tries: state.tries,
        gateWait: state.gateWait, delayed: state.gate.delayed, requests: load.requests,
        tokens: load.tokens, underWay: state.underWay, mostUnderWay: state.mostUnderWay)
    }
  }
}
