internal import Codec

/// Lists that OpenInference writes as one attribute a leaf, such as
/// `retrieval.documents.0.document.id`, put together again.
struct FlattenedAttributes {
  /// A retrieved document: members as JSON.
  struct Document {
    var id: [UInt8] = []
    var score: [UInt8] = []
    var text: [UInt8] = []
  }

  /// A score that stands on the span it is about, or on one of its trace or session.
  struct Score {
    enum Target {
      case span, trace, session
    }

    var target = Target.span
    var name: [UInt8] = []
    var value: [UInt8] = []
    var label: [UInt8] = []
    var comment: [UInt8] = []
    var evaluator: [UInt8] = []
  }

  /// Elements of a list that are kept.
  private static let limit = 256
  private(set) var documents: [Int: Document] = [:]
  private(set) var scores: [String: Score] = [:]

  var isEmpty: Bool { documents.isEmpty && scores.isEmpty }

  /// Forgets everything.
  mutating func begin() {
    if isEmpty { return }
    documents.removeAll()
    scores.removeAll()
  }

  /// Takes a leaf with its value as JSON; false when the key is none of a known list.
  mutating func take(_ key: String, _ value: [UInt8]) -> Bool {
    let parts = key.split(separator: ".").map(String.init)
    if parts.count == 5, let index = Int(parts[2]), parts[3] == "document",
      (parts[0], parts[1]) == ("retrieval", "documents")
        || (parts[0], parts[1]) == ("reranker", "output_documents")
    {
      return take(documentLeaf: parts[4], of: index, value)
    }
    var target = Score.Target.span
    var rest = parts[...]
    if rest.first == "trace" || rest.first == "session" {
      target = rest.first == "trace" ? .trace : .session
      rest = rest.dropFirst()
    }
    let leaf = Array(rest)
    guard leaf.count == 4, leaf[0] == "\(leaf[2])s", Int(leaf[1]) != nil,
      leaf[2] == "evaluation" || leaf[2] == "annotation"
    else { return false }
    return take(
      scoreLeaf: leaf[3], of: parts.dropLast(2).joined(separator: "."), target, value)
  }

  private mutating func take(documentLeaf leaf: String, of index: Int, _ value: [UInt8]) -> Bool {
    guard documents.count < Self.limit || documents[index] != nil else { return false }
    switch leaf {
    case "id": documents[index, default: Document()].id = value
    case "score": documents[index, default: Document()].score = value
    case "content": documents[index, default: Document()].text = value
    default: return false
    }
    return true
  }

  private mutating func take(
    scoreLeaf leaf: String, of place: String, _ target: Score.Target, _ value: [UInt8]
  ) -> Bool {
    guard scores.count < Self.limit || scores[place] != nil else { return false }
    var score = scores[place, default: Score()]
    score.target = target
    switch leaf {
    case "name": score.name = value
    case "score": score.value = value
    case "label": score.label = value
    case "explanation": score.comment = value
    case "annotator_kind": score.evaluator = value
    default: return false
    }
    scores[place] = score
    return true
  }
}

extension OTLPRecordWriter {
  /// Takes an attribute that is a leaf of a flattened list; false when it is to be kept as it is.
  mutating func noteFlattened(_ key: Range<Int>, _ value: OTLPValue) -> Bool {
    guard key.count > 16 else { return false }
    switch bytes.word(at: key.lowerBound) {
    case Self.outputMessages, Self.completion:
      if value.kind == .text, ends(key, Self.functionName) || isOldToolCall(key) {
        var quoted: [UInt8] = []
        JSONText.append(bytes, value.range.lowerBound, value.range.upperBound, to: &quoted)
        findings.toolCalls.add(Array(quoted.dropFirst().dropLast()))
      }
      return isDroppedMessage(key)
    case Self.inputMessages, Self.prompt: return isDroppedMessage(key)
    case Self.retrieval, Self.reranker, Self.evaluation, Self.annotation, Self.traceEvaluation,
      Self.traceAnnotation, Self.sessionScore:
      var json = ByteBuffer()
      do throws(ProtobufError) {
        try value.append(bytes, to: &json)
      } catch {
        // The fault comes up again where the value is written as an attribute.
        return false
      }
      if dropsPayloads, ends(key, Self.content) { return true }
      let name = String(decoding: bytes.copy(key.lowerBound, key.upperBound), as: UTF8.self)
      return findings.flattened.take(name, json.copy)
    default: return false
    }
  }

  /// `gen_ai.completion.0.tool_calls.0.name`, as OpenLLMetry wrote it.
  private func isOldToolCall(_ key: Range<Int>) -> Bool {
    guard ends(key, Self.name) else { return false }
    return String(decoding: bytes.copy(key.lowerBound, key.upperBound), as: UTF8.self)
      .contains(".tool_calls.")
  }

  /// Whether the attribute is a piece of a prompt or an answer, and those are not kept.
  private func isDroppedMessage(_ key: Range<Int>) -> Bool {
    dropsPayloads && Self.messages.contains { starts(key, $0) }
  }

  private static let messages = [
    "llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.",
  ].map { Array($0.utf8) }

  private func starts(_ key: Range<Int>, _ prefix: [UInt8]) -> Bool {
    key.count > prefix.count
      && bytes.copy(key.lowerBound, key.lowerBound + prefix.count) == prefix
  }

  private func ends(_ key: Range<Int>, _ suffix: [UInt8]) -> Bool {
    key.count > suffix.count && bytes.copy(key.upperBound - suffix.count, key.upperBound) == suffix
  }

  private static let functionName = Array(".tool_call.function.name".utf8)
  private static let name = Array(".name".utf8)
  private static let content = Array(".content".utf8)
  private static let outputMessages = word("llm.outp")
  private static let inputMessages = word("llm.inpu")
  private static let completion = word("gen_ai.c")
  private static let prompt = word("gen_ai.p")
  private static let retrieval = word("retrieva")
  private static let reranker = word("reranker")
  private static let evaluation = word("evaluati")
  private static let annotation = word("annotati")
  private static let traceEvaluation = word("trace.ev")
  private static let traceAnnotation = word("trace.an")
  private static let sessionScore = word("session.")

  private static func word(_ text: String) -> UInt64 {
    text.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
