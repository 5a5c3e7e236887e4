internal import Codec

/// A judge's prompt with places for what it judges: `{{input}}`, `{{output}}`, `{{documents}}`,
/// `{{expected}}`. What is put in is never looked through for places again.
package struct PromptTemplate: Equatable, Sendable {
  /// What can be put into a prompt.
  package enum Slot: String, CaseIterable, Sendable {
    case input, output, documents, expected
  }

  /// Why a text is no template, and at which byte.
  package struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
    package let position: Int
    package let message: String

    package var description: String { "cannot use prompt: \(message) at byte \(position)" }
  }

  /// Why a prompt could not be made of a call.
  package enum Refusal: Error, Equatable, Sendable {
    /// The call lacks what the template asks for.
    case missing(Slot)
    /// The prompt would have more bytes than allowed.
    case tooLong(bytes: Int, limit: Int)
  }

  private enum Part: Equatable, Sendable {
    case text([UInt8])
    case slot(Slot)
  }

  private let parts: [Part]
  /// Which prompt it is: the name it was given, else twelve digits that stand for its text.
  package let version: String
  /// The slots it has.
  package var slots: Set<Slot> {
    Set(parts.compactMap { if case .slot(let slot) = $0 { slot } else { nil } })
  }

  /// Bytes of a template.
  package static let limit = 64 << 10

  /// The template `text`. It must have a place for the output or the input.
  package init(_ text: String, version: String? = nil) throws(Fault) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.limit else {
      throw Fault(position: Self.limit, message: "more than \(Self.limit) bytes")
    }
    parts = try Self.parts(of: bytes)
    self.version = version ?? Self.digits(of: bytes)
    guard !slots.isDisjoint(with: [.output, .input]) else {
      throw Fault(position: 0, message: "neither {{output}} nor {{input}} in it")
    }
  }

  private static func parts(of bytes: [UInt8]) throws(Fault) -> [Part] {
    var parts: [Part] = []
    var index = 0
    while let open = ByteFinder.first(Array("{{".utf8), in: bytes, from: index) {
      guard let close = ByteFinder.first(Array("}}".utf8), in: bytes, from: open) else {
        throw Fault(position: open, message: "'{{' without '}}'")
      }
      let name = String(decoding: bytes[(open + 2)..<close], as: UTF8.self).filter { $0 != " " }
      guard let slot = Slot(rawValue: name) else {
        let nearest = NearestWord.of(name, in: Slot.allCases.map(\.rawValue))
        throw Fault(
          position: open, message: "unknown place '{{\(name)}}'; did you mean '{{\(nearest)}}'?")
      }
      if open > index { parts.append(.text(Array(bytes[index..<open]))) }
      parts.append(.slot(slot))
      index = close + 2
    }
    if index < bytes.count { parts.append(.text(Array(bytes[index...]))) }
    return parts
  }

  private static func digits(of bytes: [UInt8]) -> String {
    let key = HashKey(0x7072_6F6D_7074_0001, 0x7665_7273_696F_0001)
    // unsafe because the hash reads the text's own bytes during the call.
    let hash = unsafe bytes.withUnsafeBytes { unsafe key.hash($0) }
    let digits = String(hash.high, radix: 16)
    return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(12))
  }

  /// The prompt for `call`, at most `limit` bytes long.
  package func filled(for call: FinishedCall, limit: Int) throws(Refusal) -> [UInt8] {
    var output: [UInt8] = []
    for part in parts {
      switch part {
      case .text(let text): output += text
      case .slot(let slot):
        guard let text = Self.text(slot, of: call) else { throw .missing(slot) }
        output += text
      }
    }
    guard output.count <= limit else { throw .tooLong(bytes: output.count, limit: limit) }
    return output
  }

  private static func text(_ slot: Slot, of call: FinishedCall) -> [UInt8]? {
    switch slot {
    case .input: call.input.map { CallText.plain($0) }
    case .output: call.output.map { CallText.plain($0) }
    case .expected: call.expected
    case .documents:
      call.documents.isEmpty
        ? nil
        : Array(
          call.documents.enumerated().map { Array("[\($0 + 1)] ".utf8) + $1 }
            .joined(separator: [0x0A]))
    }
  }
}
