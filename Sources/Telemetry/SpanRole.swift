/// What an event is for the nesting of costs. The contract's words: a call counts, a roll-up adds
/// only what is left of its usage after the calls beneath it.
package enum SpanRole: UInt8, Word {
  /// It neither is a call nor says anything about usage.
  case plain = 0
  case call
  case rollUp

  /// The word as users write and read it.
  package var text: String { self == .rollUp ? "roll_up" : "\(self)" }

  /// The role by what was said of an event; `kind` and `operation` are the words as UTF-8, empty
  /// where absent. A kind says more than the operation, and that more than the type.
  package init(
    type: EventType, kind: UnsafeRawBufferPointer, operation: UnsafeRawBufferPointer,
    hasResponseID: Bool, hasUsage: Bool
  ) {
    guard type == .llm || type == .span else {
      self = .plain
      return
    }
    // unsafe because both texts are the caller's for the length of this call.
    let isNamed =
      unsafe Self.holds(kind, Self.calls)
      || (kind.isEmpty && Self.holds(operation, Self.callOperations))
    let isRun =
      unsafe Self.holds(kind, Self.runKinds)
      || (kind.isEmpty && Self.holds(operation, Self.runs))
    let isCall = isNamed || (type == .llm && !isRun) || hasResponseID
    self = isCall ? .call : hasUsage ? .rollUp : .plain
  }

  private static let calls = words("llm embedding rerank")
  private static let callOperations = words(
    "chat completion completions text_completion generate_content embeddings embedding rerank")
  private static let runKinds = words("agent workflow step tool")
  /// Operations that are runs over calls, or no calls at all.
  private static let runs = words(
    "invoke_agent create_agent invoke_workflow execute_tool retrieval")

  private static func words(_ text: String) -> [[UInt8]] {
    text.split(separator: " ").map { Array($0.utf8) }
  }

  /// Whether `text` is one of the words, without making a string of it.
  private static func holds(_ text: UnsafeRawBufferPointer, _ words: [[UInt8]]) -> Bool {
    for word in words where word.count == text.count {
      var index = 0
      while index < word.count, unsafe text[index] == word[index] { index += 1 }
      if index == word.count { return true }
    }
    return false
  }
}
