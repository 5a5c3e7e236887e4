internal import Glibc

/// What a month does to one lane besides its rhythm, at each step.
struct HarbourWeather {
  /// How calls fail. Each but the last two is worth another try.
  enum Failure: Int, CaseIterable {
    case rateLimit
    case server
    case timeout
    case network
    case auth
    case invalidRequest
    case contentFilter

    var name: String {
      switch self {
      case .rateLimit: "rate_limit"
      case .server: "server"
      case .timeout: "timeout"
      case .network: "network"
      case .auth: "auth"
      case .invalidRequest: "invalid_request"
      case .contentFilter: "content_filter"
      }
    }

    var isRetried: Bool { rawValue < Failure.auth.rawValue }

    /// The share of calls that fail so on any day.
    var usual: Double {
      switch self {
      case .rateLimit, .server: 0.002
      case .timeout: 0.0012
      case .network: 0.0006
      case .auth: 0.00002
      case .invalidRequest: 0.0025
      case .contentFilter: 0.0008
      }
    }
  }

  /// Factors of how many calls are made, how long they take and how many tokens they read.
  var volume: [Double]
  var latency: [Double]
  var input: [Double]
  /// Calls a minute that a loop adds.
  var looping: [Double]
  /// The share of calls that fail, by `Failure`.
  var failing: [[Double]]

  /// A usual month: tokens and latency wander, limits are brushed at busy times, and a few short
  /// things go wrong that nobody need get up for.
  init(_ lane: HarbourLane, rates: [Double], _ dice: inout HarbourDice) {
    let steps = HarbourRhythm.steps
    volume = Array(repeating: 1, count: steps)
    looping = Array(repeating: 0, count: steps)
    latency = dice.wander(steps, sigma: 0.06, memory: 100)
    input = dice.wander(steps, sigma: lane.isLumpy ? 0.12 : 0.05, memory: 240)
    failing = Failure.allCases.map { Array(repeating: $0.usual, count: steps) }
    let day = HarbourRhythm.day
    for step in 0..<steps {
      // Everyone calls the same providers when America is awake.
      let hour = Double(step % day) / 120
      latency[step] *= 1 + 0.1 * exp(-pow((hour - 17) / 3, 2))
      // By day people ask longer questions.
      input[step] *= 1 + 0.06 * exp(-pow((hour - 13) / 4, 2))
      let busy = max(0, rates[step] / lane.peak - 0.85)
      failing[Failure.rateLimit.rawValue][step] += 0.03 * busy
    }
    if lane.isLumpy { lumps(&dice) }
    if lane.peak < 150 { badRequests(&dice) }
  }

  mutating func fail(_ failure: Failure, _ share: Double, at step: Int) {
    failing[failure.rawValue][step] = min(0.99, failing[failure.rawValue][step] + share)
  }

  /// A tenant sends a week's worth of something at once.
  private mutating func lumps(_ dice: inout HarbourDice) {
    for _ in 0..<dice.poisson(75) {
      let begin = dice.whole(0...volume.count - 40)
      let factor = dice.between(1.4, 2.6)
      for step in begin..<begin + dice.whole(4...18) { volume[step] *= factor }
    }
  }

  /// A tenant's integration sends what the model refuses, until somebody there sees it.
  private mutating func badRequests(_ dice: inout HarbourDice) {
    for _ in 0..<dice.poisson(3) {
      let begin = dice.whole(0...volume.count - 100)
      let share = dice.between(0.02, 0.09)
      for step in begin..<begin + dice.whole(6...80) { fail(.invalidRequest, share, at: step) }
    }
  }
}
