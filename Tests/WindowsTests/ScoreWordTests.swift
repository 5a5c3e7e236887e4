import Codec
import Telemetry
import Testing

@testable import Windows

/// What windows tell of scores that are categories.
@Suite struct ScoreWordTests {
  private static let start: Int64 = 1_795_228_000_000_000_000

  /// Scores that are counted: each a name, a category or a number, and the model that is scored.
  private struct Lab {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    let table: GroupTable
    let shards: [WindowShard]
    let reader: WindowReader

    init() {
      let calls = GroupTable(breakdowns: Breakdown.standard, shards: 2)
      let scores = GroupTable(scoresOf: calls)
      let clock = WindowClock(now: ScoreWordTests.start)
      let dimensions = dimensions
      let shards = (0..<2).map {
        WindowShard($0, of: calls, scores: scores, clock: clock, dimensions: dimensions)
      }
      (self.table, self.shards) = (scores, shards)
      reader = WindowReader(table: calls, scores: scores, shards: shards, clock: clock)
    }

    func record(
      _ name: String, _ words: [String], value: Double? = nil, model: String = "m",
      shard: Int = 0, now: Int64 = ScoreWordTests.start
    ) {
      let batch = EventBatch(body: ByteSlab(capacity: 0))
      batch.receivedAt = now
      // A row of calls is there for its scores to stand in.
      Call(model: model, end: now, duration: 1).append(to: batch, dimensions)
      batch.decide(.stored)
      batch.resolvedScores = words.map { word in
        var event = Event()
        event.type = .score
        event.time = now
        event.hasOwnTime = true
        event.operation = dimensions.intern(
          .operation,
          values: DimensionFamily.operation.dimensions.map { dimension in
            switch dimension {
            case .score: Array(name.utf8)
            case .model: Array(model.utf8)
            default: nil
            }
          })
        event.measureCount = value == nil ? 0 : 1
        return ResolvedScore(
          event: event, measures: value.map { [Measure(.scoreValue, $0)] } ?? [],
          receivedAt: now, word: word.isEmpty ? nil : Array(word.utf8))
      }
      shards[shard].record(batch, now: now)
    }

    /// Each row's scores in the last minute as text.
    func scores(by: [String] = [], now: Int64 = ScoreWordTests.start) throws -> [String] {
      var query = WindowQuery()
      query.by = by
      query.spans = [.minute]
      query.members = [.scores]
      (query.sort, query.isAscending) = (.label("model"), true)
      return try query.rows(of: reader, limits: [], now: now).map { row in
        let scores = row.scores.compactMap { score -> String? in
          guard let sums = score.sums[.minute], sums.events(.scores) > 0 else { return nil }
          let words = score.words.compactMap { word, sums -> String? in
            let count = sums[.minute]?.events(.scores) ?? 0
            return count > 0 ? "\(word) \(Int(count))" : nil
          }
          let all = Int(sums.events(.scores))
          return "\(score.name) \(all): \(words.joined(separator: ", "))"
        }
        return (row.labels.map(\.value) + scores).joined(separator: "; ")
      }
    }
  }

  @Test func `categories are counted by their value, the most frequent first`() throws {
    let lab = Lab()
    lab.record("lang", ["en", "de", "de"])
    lab.record("lang", ["fr", "de", "en"], model: "n", shard: 1)
    #expect(try lab.scores() == ["lang 6: de 3, en 2, fr 1"])
    #expect(
      try lab.scores(by: ["model"]) == ["m; lang 3: de 2, en 1", "n; lang 3: de 1, en 1, fr 1"])
  }

  @Test func `numbers and booleans have no categories`() throws {
    let lab = Lab()
    lab.record("good", ["true", "false"], value: 1)
    lab.record("helpful", [""], value: 0.5)
    lab.record("odd", ["true"])
    #expect(try lab.scores() == ["good 2: ; helpful 1: ; odd 1: "])
  }

  @Test func `what is over sixteen categories of a score is other`() throws {
    let lab = Lab()
    let words = (0..<40).map { "w\($0 / 10)\($0 % 10)" }
    lab.record("lang", words, shard: 0)
    lab.record("lang", words, shard: 1)
    lab.record("tone", ["warm"])
    let known = words.prefix(Limits.scoreWords).map { "\($0) 2" }
    #expect(
      try lab.scores() == [
        "lang 80: other 48, \(known.joined(separator: ", ")); tone 1: warm 1"
      ])
  }

  @Test func `categories that are no longer given make room for others`() throws {
    let lab = Lab()
    lab.record("lang", (10..<10 + Limits.scoreWords).map { "w\($0)" })
    let later = Self.start + 2 * 3_600_000_000_000
    for _ in 0..<4 {
      for shard in lab.shards { shard.tend(now: later) }
      lab.table.tend { _ in false }
    }
    lab.record("lang", ["new"], now: later)
    #expect(try lab.scores(now: later) == ["lang 1: new 1"])
  }
}
