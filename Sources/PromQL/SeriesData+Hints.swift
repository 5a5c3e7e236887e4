extension SeriesData {
  /// Fills in the reset hints that a store knows from the sample before: unknown ones become
  /// `reset` or `notReset`, but for the first histogram and any that follows a float.
  package mutating func deriveResetHints() {
    var float = 0
    for index in histograms.indices.dropFirst() where histograms[index].resetHint == .unknown {
      while float < times.count, times[float] < histogramTimes[index] { float += 1 }
      let before = histograms[index - 1]
      let followsFloat = float > 0 && times[float - 1] > histogramTimes[index - 1]
      if followsFloat || before.resetHint == .gauge { continue }
      let isReset = histograms[index].isReset(since: before)
      histograms[index].resetHint = isReset ? .reset : .notReset
    }
  }
}
