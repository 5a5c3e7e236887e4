/// A figure of a window that rows can be sorted by and drawn over time: the names of the answer.
package enum WindowFigure: String, CaseIterable, Sendable {
  case rpm, repm, tpm
  case inputTPM = "input_tpm"
  case outputTPM = "output_tpm"
  case cacheReadTPM = "cache_read_tpm"
  case reasoningTPM = "reasoning_tpm"
  case errorsPerMinute = "errors_per_min"
  case errorRate = "error_rate"
  case firstTrySuccess = "first_try_success"
  case availability
  case burst = "burst_rps"
  case latencyAverage = "latency_ms.avg"
  case latencyP50 = "latency_ms.p50"
  case latencyP90 = "latency_ms.p90"
  case latencyP95 = "latency_ms.p95"
  case latencyP99 = "latency_ms.p99"
  case latencyMax = "latency_ms.max"
  case firstTokenAverage = "ttft_ms.avg"
  case firstTokenP50 = "ttft_ms.p50"
  case firstTokenP90 = "ttft_ms.p90"
  case firstTokenP95 = "ttft_ms.p95"
  case firstTokenP99 = "ttft_ms.p99"
  case firstTokenMax = "ttft_ms.max"
  case paceP50 = "output_tokens_per_s.p50"
  case paceP95 = "output_tokens_per_s.p95"
  case cost = "cost_usd"
  case costPerHour = "cost_usd_per_hour"
  case coverage
  case lacksUsage = "no_usage"
  case cacheHitRate = "cache_hit_rate"
  case retries
  case retryWait = "retry_wait_ms"
  case gateWait = "gate_wait_ms"
  case queueWait = "queue_ms"
  case poolWait = "pool_wait_ms"

  /// Whether it needs the histograms to be read.
  package var needsHistograms: Bool {
    rawValue.hasPrefix("latency_ms.") || rawValue.hasPrefix("ttft_ms.")
      || rawValue.hasPrefix("output_tokens_per_s.")
  }
}

extension WindowSums {
  /// A figure over `seconds`; nil where there is nothing to tell it from.
  package func figure(_ figure: WindowFigure, seconds: Int64) -> Double? {
    let minutes = Double(seconds) / 60
    switch figure {
    case .rpm: return events(.starts) / minutes
    case .repm: return events(.finished) / minutes
    case .tpm: return Double(inputTokens + outputTokens) / minutes
    case .inputTPM: return Double(inputTokens) / minutes
    case .outputTPM: return Double(outputTokens) / minutes
    case .cacheReadTPM: return Double(self[.cacheRead]) / minutes
    case .reasoningTPM: return Double(self[.reasoning]) / minutes
    case .errorsPerMinute: return events(.errors) / minutes
    case .burst: return Double(self[.busiest]) / Double(EventFacts.unit)
    case .cost: return Double(self[.cost]) / 1e12
    case .costPerHour: return Double(self[.cost]) / 1e12 * 3_600 / Double(seconds)
    case .lacksUsage: return events(.lacksUsage)
    case .retries: return events(.laterAttempts)
    case .retryWait: return Double(self[.retryWait]) / 1e6
    case .gateWait: return Double(self[.gateWait]) / 1e6
    case .queueWait: return Double(self[.queueWait]) / 1e6
    case .poolWait: return Double(self[.poolWait]) / 1e6
    default: return share(figure) ?? time(figure)
    }
  }

  private func share(_ figure: WindowFigure) -> Double? {
    let finished = events(.finished)
    switch figure {
    case .errorRate: return finished > 0 ? events(.errors) / finished : nil
    case .availability: return finished > 0 ? 1 - events(.unavailable) / finished : nil
    case .firstTrySuccess:
      let first = finished - events(.laterAttempts)
      return first > 0 ? 1 - events(.firstFailed) / first : nil
    case .cacheHitRate:
      let asked = events(.cacheHits) + events(.cacheMisses)
      return asked > 0 ? events(.cacheHits) / asked : nil
    case .coverage: return coverage
    default: return nil
    }
  }

  private func time(_ figure: WindowFigure) -> Double? {
    switch figure {
    case .latencyAverage:
      return timed > 0 ? Double(self[.latencySum]) / 1e6 / timed : nil
    case .latencyMax: return longest.map { Double($0) / 1e6 }
    case .firstTokenAverage:
      let count = events(.firstTokenCount)
      return count > 0 ? Double(self[.firstTokenSum]) / 1e6 / count : nil
    case .firstTokenMax: return longestFirstToken.map { Double($0) / 1e6 }
    case .latencyP50: return latencies([0.5])?[0]
    case .latencyP90: return latencies([0.9])?[0]
    case .latencyP95: return latencies([0.95])?[0]
    case .latencyP99: return latencies([0.99])?[0]
    case .firstTokenP50: return firstTokens([0.5])?[0]
    case .firstTokenP90: return firstTokens([0.9])?[0]
    case .firstTokenP95: return firstTokens([0.95])?[0]
    case .firstTokenP99: return firstTokens([0.99])?[0]
    case .paceP50: return tokensPerSecond.quantiles([0.5])?[0]
    case .paceP95: return tokensPerSecond.quantiles([0.95])?[0]
    default: return nil
    }
  }

  /// Quantiles of the latency in milliseconds, never beyond the shortest and the longest.
  package func latencies(_ shares: [Double]) -> [Double]? {
    let least = shortest.map { Double($0) / 1e6 } ?? 0
    let most = longest.map { Double($0) / 1e6 } ?? .infinity
    return latency.quantiles(shares)?.map { min(max($0 * 1e3, min(least, most)), most) }
  }

  /// Quantiles of the time to the first token in milliseconds, never beyond the longest.
  package func firstTokens(_ shares: [Double]) -> [Double]? {
    let most = longestFirstToken.map { Double($0) / 1e6 } ?? .infinity
    return firstToken.quantiles(shares)?.map { min($0 * 1e3, most) }
  }
}
