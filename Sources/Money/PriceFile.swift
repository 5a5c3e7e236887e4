internal import Codec
internal import Pattern

/// A price file: our own JSON, which is the shape of genai-prices, or LiteLLM's.
package struct PriceFile: Sendable {
  let source: PriceSource

  /// Reads the file whose contents are `data`; `name` is for messages.
  package init(_ data: [UInt8], name: String) throws(PriceFileError) {
    let slab = ByteSlab(capacity: data.count)
    slab.append(data)
    // unsafe because the slab outlives the reader.
    var reader = unsafe PriceReader(ByteView(slab), file: name)
    var source = PriceSource(name: name)
    reader.skipSpace()
    if reader.isArray {
      try source.readProviders(&reader)
    } else if reader.isObject {
      try source.readLiteLLM(&reader)
    } else {
      throw reader.fault("expected a list of providers, or LiteLLM's object of models")
    }
    try reader.finish()
    self.source = source
    _ = slab.count
  }

  /// How many providers and models the file has.
  package var providerCount: Int { source.providers.count }
  package var modelCount: Int { source.providers.reduce(0) { $0 + $1.models.count } }

  /// What is wrong with its regular expressions, which are otherwise first compiled when asked.
  package func brokenExpressions() -> [String] {
    source.expressions.compactMap { expression in
      do {
        _ = try NameExpression.compile(expression)
        return nil
      } catch {
        return "\(String(decoding: expression, as: UTF8.self)): \(error)"
      }
    }
  }
}
