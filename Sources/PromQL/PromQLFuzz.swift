/// The fuzzer's way into this target.
package enum PromQLFuzz {
  // unsafe because the bytes are libFuzzer's and valid only during the call.
  /// Parses `input`, prints and parses it again, and evaluates it over a few series: nothing may
  /// crash, run long or differ between the two texts.
  package static func run(_ input: UnsafeRawBufferPointer) {
    let text = unsafe [UInt8](input)
    var settings = Evaluator.Settings()
    settings.limits.samples = 200_000
    settings.limits.textBytes = 4096
    let expression: Expression
    do { expression = try Parser.parse(text, limits: settings.limits) } catch {
      precondition((error.offset ?? 0) <= text.count, "an error lies within its text")
      return
    }
    let printed = ExpressionPrinter.text(expression)
    do {
      let again = try Parser.parse(printed)
      precondition(
        ExpressionPrinter.text(again) == printed, "printing and parsing settle at once")
    } catch {
      preconditionFailure("a printed query parses: \(printed): \(error)")
    }
    let instant = try? Evaluator.instant(
      expression, at: 300_000, of: FuzzSeries(), settings: settings)
    precondition((instant?.peakSamples ?? 0) <= settings.limits.samples, "the budget holds")
    _ = try? Evaluator.range(
      expression, start: 0, end: 600_000, step: 60_000, of: FuzzSeries(), settings: settings)
  }
}

/// Four series that whatever name is asked for has.
private struct FuzzSeries: SeriesSource {
  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let name = matchers.first { $0.name == LabelName.metric }?.value ?? "up"
    let times = (0..<20).map { Int64($0) * 30_000 }
    return Selection(
      (0..<4).map { number in
        let labels = Labels([
          Label(LabelName.metric, name), Label("a", "\(number)"), Label("b", "\(number / 2)"),
          Label("le", number == 3 ? "+Inf" : "\(number)"),
        ])
        let values = times.map { Double($0 % 7) * Double(number + 1) }
        let histogram = NativeHistogram(
          zeroThreshold: 0.001, zeroCount: 1, count: 4, sum: 5,
          positive: BucketRun(offset: -1, counts: [1, 0, 2]))
        return number == 2
          ? SeriesData(
            labels: labels, times: [], values: [], histogramTimes: times,
            histograms: times.map { _ in histogram })
          : SeriesData(labels: labels, times: times, values: values)
      })
  }
}
