internal import Codec

/// The fuzzer's way into this target.
package enum QualityFuzz {
  // unsafe because the bytes are libFuzzer's and valid only during the call.
  /// Reads `input` as a configuration of evaluators and of judges, as a schema with an instance, as
  /// what a model wrote, a provider answered, and a file of calls holds: nothing may crash or run
  /// long, problems lie within the text, and what is found is the same a second time.
  package static func run(_ input: UnsafeRawBufferPointer) {
    let bytes = unsafe [UInt8](input)
    judge(bytes)
    let settings = configured(bytes, EvaluatorSettings.read)
    for judge in configured(bytes, JudgeSettings.read) { ask(judge.prompt, bytes) }
    reply(bytes)
    line(bytes)
    evaluate(settings.prefix(40).map { Evaluator($0) }, bytes)
    unsafe evaluate(standing, bytes)
    find(bytes)
    _ = CallDocuments.texts(bytes)
    var words: [String: String] = [:]
    CallWords.add(attributes: bytes, to: &words)
  }

  /// JSON out of the text, which is JSON again and is found again as it is; what is no UTF-8 is
  /// replaced when it is written.
  private static func find(_ bytes: [UInt8]) {
    guard let found = JSONFinder.find(in: bytes) else { return }
    precondition(found.range.upperBound <= bytes.count, "what is found lies within its text")
    guard String(validating: bytes, as: UTF8.self) != nil else { return }
    let text = found.value.json
    guard let again = JSONFinder.find(in: text) else {
      preconditionFailure("what was found is JSON")
    }
    precondition(again.value == found.value, "what was found is found again")
    precondition(again.repairs.isEmpty, "what was put right needs no repair")
  }

  /// The part before the first line of `---` as a schema, what follows as an instance.
  private static func judge(_ bytes: [UInt8]) {
    let mark = ByteFinder.first(Array("\n---\n".utf8), in: bytes) ?? bytes.count
    do {
      let schema = try JSONSchema(try JSONReader.read(bytes[..<mark]))
      let instance = JSONFinder.find(in: Array(bytes[mark...]))?.value ?? .object(JSONObject())
      let judge = SchemaJudge(schema)
      let verdict = judge.accepts(instance)
      precondition(judge.violations(of: instance).isEmpty == verdict, "a verdict has its reasons")
    } catch {
      return
    }
  }

  private static func configured<Settings>(
    _ bytes: [UInt8], _ read: (ConfigNode) throws(SettingsReadingError) -> [Settings]
  ) -> [Settings] {
    let lines = bytes.reduce(1) { $1 == 0x0A || $1 == 0x0D ? $0 + 1 : $0 }
    var all: [Settings] = []
    do {
      for node in try ConfigReader.read(bytes) {
        do throws(SettingsReadingError) {
          all += try read(node)
        } catch {
          precondition(!error.problems.isEmpty, "an error says what is wrong")
          for problem in error.problems {
            precondition((1...lines).contains(problem.line), "a problem lies within its text")
          }
        }
      }
    } catch {
      return []
    }
    return all
  }

  /// A prompt of a call made of the text.
  private static func ask(_ prompt: PromptTemplate, _ bytes: [UInt8]) {
    var call = FinishedCall()
    (call.input, call.output, call.expected) = (bytes, bytes, bytes)
    do throws(PromptTemplate.Refusal) {
      let limit = PromptTemplate.limit
      let prompt = try prompt.filled(for: call, limit: limit)
      precondition(prompt.count <= limit, "a prompt is as long as it may be")
    } catch {
      return
    }
  }

  /// What a judge's model answered, whoever it is; a score is one of the scale.
  private static func reply(_ bytes: [UInt8]) {
    let words = ["good", "bad"]
    for provider in JudgeProvider.allCases {
      for scale in [JudgeScale.numbers(1...5), .boolean, .categories(words)] {
        let reply = JudgeReply(bytes, from: provider, scale: scale)
        precondition(reply.usage.total >= 0, "nobody gives tokens back")
        guard case .success(let answer) = reply.result else { continue }
        switch (answer.value, scale) {
        case (.number(let number), .numbers(let range)):
          precondition(range.contains(number), "a number lies on the scale")
        case (.boolean, .boolean): break
        case (.category(let word), .categories):
          precondition(words.contains(word), "a word is one of the scale")
        default: preconditionFailure("a score is of its scale's kind")
        }
      }
    }
  }

  /// A line of a file of calls.
  private static func line(_ bytes: [UInt8]) {
    do throws(JSONError) {
      guard let line = try EvalLine(json: bytes) else { return }
      _ = (FinishedCall(line), CallTarget(line), line.places, line.scoreValue)
      _ = line.scores(in: EvalLine.humanScores)
    } catch {
      return
    }
  }

  /// Every evaluator on a call made of the text; twice, to the same scores.
  private static func evaluate(_ evaluators: [Evaluator], _ bytes: [UInt8]) {
    var call = FinishedCall()
    call.output = bytes
    call.input = Array(bytes.reversed())
    call.documents = [Array(bytes.prefix(bytes.count / 2)), bytes]
    call.finishReason = String(decoding: bytes.prefix(6), as: UTF8.self)
    (call.duration, call.cost) = (1, 2)
    for evaluator in evaluators {
      let first = evaluator.evaluate(CallReading(call)) { 0 }
      let second = evaluator.evaluate(CallReading(call)) { 0 }
      precondition(first == second, "the same call has the same score")
    }
  }

  /// Kept from input to input, as a desk keeps them from call to call: to make them takes longer
  /// than all else.
  // nonisolated(unsafe) because the fuzzer runs its inputs one after the other, on one thread.
  nonisolated(unsafe) private static let standing = checks.map { Evaluator($0) }

  private static let checks: [EvaluatorSettings] = {
    let text = """
      [{name: a, check: json, repair: true}, {name: b, check: refusal},
      {name: c, check: repetition}, {name: d, check: empty}, {name: e, check: truncated},
      {name: f, check: language}, {name: g, check: overlap}, {name: h, check: injection},
      {name: i, check: pii}, {name: j, check: length, unit: words},
      {name: k, check: contains, any: [a, "ä"], ignore_case: true},
      {name: l, check: length, steps: [{take: code}, {parse: json}, {path: "a.b[0]"},
      {take: number}]}]
      """
    do {
      return try ConfigReader.read(Array(text.utf8)).flatMap { try EvaluatorSettings.read($0) }
    } catch {
      preconditionFailure("the checks are right: \(error)")
    }
  }()
}
