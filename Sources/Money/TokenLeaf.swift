package import Telemetry

/// One of the disjoint parts of a call's usage. The raw value is its place in a row of prices.
package enum TokenLeaf: UInt8, Word {
  case input = 0
  case cacheRead, cacheWrite, cacheWrite1h, audioInput, imageInput
  case output, reasoning, audioOutput

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .cacheRead: "cache_read"
    case .cacheWrite: "cache_write"
    case .cacheWrite1h: "cache_write_1h"
    case .audioInput: "audio_input"
    case .imageInput: "image_input"
    case .audioOutput: "audio_output"
    default: "\(self)"
    }
  }

  /// Whether its tokens belong to the prompt.
  package var isInput: Bool { rawValue < TokenLeaf.output.rawValue }

  /// The key of its price in a price file.
  var priceKey: String {
    switch self {
    case .input: "input_mtok"
    case .cacheRead: "cache_read_mtok"
    case .cacheWrite: "cache_write_mtok"
    case .cacheWrite1h: "cache_write_1h_mtok"
    case .audioInput: "input_audio_mtok"
    case .imageInput: "input_image_mtok"
    case .output: "output_mtok"
    case .reasoning: "output_reasoning_mtok"
    case .audioOutput: "output_audio_mtok"
    }
  }
}

extension TokenLeaves {
  /// The tokens of a leaf; −1 is absent.
  package subscript(leaf: TokenLeaf) -> Int64 {
    get {
      switch leaf {
      case .input: input
      case .cacheRead: cacheRead
      case .cacheWrite: cacheWrite
      case .cacheWrite1h: cacheWrite1h
      case .audioInput: audioInput
      case .imageInput: imageInput
      case .output: output
      case .reasoning: reasoning
      case .audioOutput: audioOutput
      }
    }
    set {
      switch leaf {
      case .input: input = newValue
      case .cacheRead: cacheRead = newValue
      case .cacheWrite: cacheWrite = newValue
      case .cacheWrite1h: cacheWrite1h = newValue
      case .audioInput: audioInput = newValue
      case .imageInput: imageInput = newValue
      case .output: output = newValue
      case .reasoning: reasoning = newValue
      case .audioOutput: audioOutput = newValue
      }
    }
  }

  /// The leaves of the prompt together. A count is at most 2⁵³, so sums of leaves fit.
  package var promptTokens: Int64 {
    max(0, input) + max(0, cacheRead) + max(0, cacheWrite) + max(0, cacheWrite1h)
      + max(0, audioInput) + max(0, imageInput)
  }

  /// The leaves of the answer together.
  package var answerTokens: Int64 { max(0, output) + max(0, reasoning) + max(0, audioOutput) }

  /// All leaves together.
  package var tokens: Int64 { promptTokens + answerTokens }
}
