extension EventFilter {
  /// The fields that are measured numbers, which rows hold in other units or as disjoint parts.
  package static let quantities = [
    "duration_ms", "ttft_ms", "cost_usd", "sample_rate", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens",
    "audio_input_tokens", "audio_output_tokens", "image_input_tokens",
  ]

  private static let promptLeaves = [
    "e.input_uncached", "e.cache_read", "e.cache_write", "e.cache_write_1h", "e.audio_input",
    "e.image_input",
  ]

  /// Adds the condition that a measured number is `value`, in the unit in which rows are rendered;
  /// false where `name` is none.
  mutating func addQuantity(_ name: String, _ value: String) throws(Fault) -> Bool {
    switch name {
    case "duration_ms": add("e.duration = ?", .integer(try Self.scaled(name, value, digits: 6)))
    case "ttft_ms": add("e.ttft = ?", .integer(try Self.scaled(name, value, digits: 6)))
    case "cost_usd": add("e.cost = ?", .integer(try Self.scaled(name, value, digits: 12)))
    case "sample_rate":
      guard let rate = Double(value), rate.isFinite else { throw Self.noNumber(name) }
      add("ifnull(e.sample_rate, 1.0) = CAST(? AS REAL)", .text(String(rate)))
    default:
      guard let leaves = Self.leaves(name) else { return false }
      guard let count = Int64(value) else { throw Self.noNumber(name) }
      let sum = leaves.map { "ifnull(\($0), 0)" }.joined(separator: " + ")
      add(
        "coalesce(\(leaves.joined(separator: ", ")), NULL) IS NOT NULL AND \(sum) = ?",
        .integer(count))
    }
    return true
  }

  /// The columns of leaves that a count of tokens is the sum of; nil for other names.
  static func leaves(_ name: String) -> [String]? {
    switch name {
    case "input_tokens": promptLeaves
    case "output_tokens": ["e.output_text", "e.reasoning", "e.audio_output"]
    case "cache_read_tokens": ["e.cache_read"]
    case "cache_write_tokens": ["e.cache_write", "e.cache_write_1h"]
    case "cache_write_1h_tokens": ["e.cache_write_1h"]
    case "reasoning_tokens": ["e.reasoning"]
    case "audio_input_tokens": ["e.audio_input"]
    case "audio_output_tokens": ["e.audio_output"]
    case "image_input_tokens": ["e.image_input"]
    default: nil
    }
  }

  /// A decimal as a whole number of units of 10^−digits, exactly; beyond those digits it is cut.
  private static func scaled(
    _ name: String, _ value: String, digits: Int
  ) throws(Fault) -> Int64 {
    let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1].prefix(digits) : ""
    let padding = String(repeating: "0", count: digits - fraction.count)
    guard let first = parts.first, !first.isEmpty, fraction.utf8.allSatisfy(isDigit),
      let number = Int64(String(first) + fraction + padding)
    else { throw noNumber(name) }
    return number
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func noNumber(_ name: String) -> Fault {
    Fault(field: name, message: "expected a number")
  }
}
