/// A call while several evaluators look at it: what more than one of them needs is made once.
package final class CallReading {
  /// The call.
  package let call: FinishedCall
  private(set) lazy var input: [UInt8]? = call.input.map { CallText.plain($0) }
  private(set) lazy var output: [UInt8]? = call.output.map { CallText.plain($0) }
  private(set) lazy var documents: [UInt8]? =
    call.documents.isEmpty ? nil : Array(call.documents.joined(separator: [0x0A]))
  /// What the model read: the input and what was retrieved for it.
  private(set) lazy var context: [UInt8]? = {
    let parts = (input.map { [$0] } ?? []) + call.documents
    return parts.isEmpty ? nil : Array(parts.joined(separator: [0x0A]))
  }()
  /// The answer as `FoldedText` has it, and its words and those of the documents.
  private(set) lazy var foldedOutput: [UInt8]? = output.map { FoldedText.bytes(of: $0) }
  private(set) lazy var outputWords: FoldedWords? = foldedOutput.map { FoldedWords($0) }
  private(set) lazy var documentWords: [FoldedWords] = call.documents.map {
    FoldedWords(FoldedText.bytes(of: $0))
  }

  /// A call that nobody has looked at.
  package init(_ call: FinishedCall) {
    self.call = call
  }
}
