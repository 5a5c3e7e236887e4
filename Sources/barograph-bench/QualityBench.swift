internal import Codec
internal import LinuxIO
internal import Quality

/// What each evaluator costs a call, one thread: answers of some 1,200 bytes, each another.
enum QualityBench {
  static func run(smoke: Bool) {
    let count = smoke ? 200 : 20_000
    let calls = (0..<64).map { call($0) }
    for (name, settings) in checks() {
      let evaluator = Evaluator(settings)
      // Once over all of them, so that automata are built.
      for call in calls { _ = evaluator.evaluate(call, clock: { 0 }) }
      var scores = 0
      let before = Clock.threadCPU
      for index in 0..<count {
        if case .score = evaluator.evaluate(calls[index % calls.count], clock: { 0 }) {
          scores += 1
        }
      }
      let spent = (Clock.threadCPU - before) / Int64(count)
      // Nanoseconds a call are, at 10,000 calls a second, hundred-thousandths of a core.
      let share = Double(spent) / 1_000
      print(
        "evaluator \(name): \(spent) ns a call, \((share * 10).rounded() / 10) % of a core at "
          + "10,000 calls/s, \(scores) scores")
    }
    for lines in [2, 4, 8] { together((0..<64).map { call($0, lines: lines) }, count: count) }
  }

  /// The checks that need no other: all of them together on each call, as the collector runs them.
  private static func together(_ calls: [FinishedCall], count: Int) {
    let evaluators = checks().filter { $0.name != "json_schema" }.map { Evaluator($0.settings) }
    for call in calls { look(at: call, evaluators) }
    let before = Clock.threadCPU
    for index in 0..<count { look(at: calls[index % calls.count], evaluators) }
    let spent = (Clock.threadCPU - before) / Int64(count)
    let bytes = calls.reduce(0) { $0 + ($1.output?.count ?? 0) } / calls.count
    print(
      "evaluators together (\(evaluators.count) checks, answers of \(bytes) bytes): \(spent) ns a "
        + "call, \((Double(spent) / 100).rounded() / 10) % of a core at 10,000 calls/s")
  }

  private static func look(at call: FinishedCall, _ evaluators: [Evaluator]) {
    let reading = CallReading(call)
    for evaluator in evaluators { _ = evaluator.evaluate(reading) { Clock.monotonic } }
  }

  private static func checks() -> [(name: String, settings: EvaluatorSettings)] {
    let text = """
      [{name: empty, check: empty}, {name: truncated, check: truncated},
      {name: latency, check: latency, max: 2s}, {name: cost, check: cost, max: 0.01},
      {name: length, check: length, max: 2000}, {name: contains, check: contains, any: [harbour]},
      {name: regex, check: regex, pattern: "[0-9]{4}-[0-9]{2}"}, {name: refusal, check: refusal},
      {name: injection, check: injection}, {name: pii, check: pii},
      {name: repetition, check: repetition}, {name: language, check: language},
      {name: overlap, check: overlap}, {name: json, check: json, target: documents},
      {name: json_schema, check: json_schema, target: documents, schema: {type: object, required:
      [id, items], properties: {id: {type: integer}, items: {type: array, items: {type: object,
      properties: {name: {type: string, minLength: 1}, price: {type: number, minimum: 0}},
      required: [name, price], additionalProperties: false}}}}}]
      """
    do {
      let nodes = try ConfigReader.read(Array(text.utf8))
      return try nodes.flatMap { try EvaluatorSettings.read($0) }.map { ($0.name, $0) }
    } catch {
      preconditionFailure("the benchmark's evaluators are right: \(error)")
    }
  }

  private static func call(_ index: Int, lines: Int = 8) -> FinishedCall {
    let sentence = """
      The ferry number \(index) leaves the harbour at nine, so we should be there by half past \
      eight, and somebody has to bring the tickets that were left on the table in the hall. 
      """
    var call = FinishedCall()
    call.input = Array(
      ("When does ferry \(index) leave, and what should I bring with me? " + sentence).utf8)
    let lines = (0..<lines).map { line in
      sentence.replacing("nine", with: "\(line * 7 + index)").replacing(
        "hall", with: "room \(line)")
    }
    call.output = Array(lines.joined().utf8)
    let items = (0..<12).map { #"{"name":"item \#($0)","price":\#($0 * 3).5}"# }
    call.documents = [
      Array(#"{"id":\#(index),"items":[\#(items.joined(separator: ","))]}"#.utf8)
    ]
    call.finishReason = "stop"
    (call.duration, call.cost) = (1_200_000_000, 3_000_000_000)
    call.identity = Hash128(high: 1, low: UInt64(index))
    return call
  }
}
