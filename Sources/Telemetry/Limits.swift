/// The named limits of what this room keeps. Settable ones are the defaults of the configuration.
package enum Limits {
  /// Bytes of a text field; beyond, it is cut and marked.
  package static let text = 64 << 10
  /// Bytes of a payload; beyond, it is cut and marked.
  package static let payload = 256 << 10
  /// Bytes of one record.
  package static let line = 1 << 20
  /// Nesting of one record.
  package static let depth = 64
  /// Attributes of one record.
  package static let attributes = 256
  /// Dimension sets of one family held in memory; beyond, the oldest saved ones are forgotten.
  package static let dimensionSets = 50_000
  /// Rejections that an answer names.
  package static let namedRejections = 20
  /// Rejections kept for `/v1/rejects`.
  package static let keptRejections = 1_000
  /// Bytes of a rejected record kept for replay.
  package static let rejectedText = 64 << 10
  /// Events whose memory a pooled batch keeps.
  package static let keptEvents = 1_024
  /// Streams (`src`, or peers without one) whose books are kept; the coldest leave first.
  package static let streams = 10_000
  /// Scores that wait for what they score; beyond, and after so many ns, one counts as it is.
  package static let waitingScores = 10_000
  package static let scoreWait: Int64 = 600_000_000_000
  /// Rows among which the first score that names its call by response id alone looks for it, and
  /// calls that are known by their response id from then on.
  package static let responseRows: Int64 = 200_000
  package static let responses = 1_000_000
  /// Bytes of a score's category that is a label; a longer one is called `other`.
  package static let scoreWord = 128
  /// Categories of a score that windows tell apart; what is over is called `other`.
  package static let scoreWords = 16
  /// Groups that history counts by at a time; what is over joins `other`.
  package static let rollupGroups = 10_000
  /// Sessions whose figures are at hand; one that goes on after it left begins a further row.
  package static let sessions = 50_000
  /// Seconds without an event after which a session is no longer active.
  package static let sessionActive: Int64 = 300
  /// Groups of errors told apart at a time; what is over is counted as `other`.
  package static let errorGroups = 5_000
  /// Bytes of an error's message that groups are told apart by.
  package static let errorMessage = 300
  /// Samples of metrics in one batch.
  package static let samples = 500_000
  /// Series of metrics that are at hand; one more waits until another has rested.
  package static let series = 100_000
  /// Gaps remembered of one stream; older ones are only counted.
  package static let gaps = 256
}
