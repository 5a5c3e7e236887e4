internal import Codec

/// The names of the attributes that a row keeps because no field takes them.
enum AttributeNames {
  /// The names of the members of a JSON object.
  static func read(_ json: [UInt8]) -> [String] {
    let slab = ByteSlab(capacity: max(json.count, 1))
    slab.append(json)
    var names: [String] = []
    // unsafe because the slab outlives the scanner.
    var scanner = unsafe JSONScanner(ByteView(slab), from: 0, to: json.count)
    guard scanner.take(0x7B) else { return names }
    do throws(JSONError) {
      while scanner.next == 0x22 {
        let name = try scanner.string()
        names.append(String(decoding: json[name.start..<name.end], as: UTF8.self))
        scanner.skipSpace()
        guard scanner.take(0x3A) else { return names }
        scanner.skipSpace()
        try scanner.skipValue(depth: 0, limit: 64)
        scanner.skipSpace()
        guard scanner.take(0x2C) else { break }
        scanner.skipSpace()
      }
    } catch {
      // Attributes are JSON that we wrote; where somebody edited the file, what was read counts.
    }
    return names
  }

  /// Whether it is what OpenTelemetry wraps records in.
  static func isEnvelope(_ name: String) -> Bool {
    envelope.contains(name) || name.hasPrefix("otel.")
  }

  private static let envelope: Set<String> = [
    "resource", "span.kind", "events", "links", "trace_state", "event.name",
  ]

  /// The name with each number between dots as `N`, so that the leaves of lists become one name.
  static func pattern(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false).map { part in
      !part.isEmpty && part.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? "N" : String(part)
    }.joined(separator: ".")
  }
}

/// What the name of an OpenTelemetry instrumentation tells.
enum InstrumentationScope {
  /// The dialect that an instrumentation is known to speak.
  static func dialect(_ scope: String) -> String? {
    known.first { scope.hasPrefix($0.0) }?.1
  }

  private static let known = [
    ("openinference.", "openinference"), ("@arizeai/openinference", "openinference"),
    ("langfuse", "langfuse"), ("litellm", "litellm"), ("pydantic-ai", "pydantic_ai"),
    ("mlflow", "mlflow"), ("com.anthropic.claude_code", "claude_code"),
    ("com.anthropic.sdk", "anthropic_sdk"),
    ("opentelemetry.instrumentation.openai_v2", "otel_genai"),
    ("opentelemetry.instrumentation.genai.", "otel_genai"),
    ("opentelemetry.instrumentation.openai.v", "openllmetry"),
    ("opentelemetry.instrumentation.anthropic", "openllmetry"),
    ("opentelemetry.instrumentation.langchain", "openllmetry"),
    ("opentelemetry.instrumentation.bedrock", "openllmetry"),
    ("opentelemetry.instrumentation.cohere", "openllmetry"), ("traceloop", "openllmetry"),
  ]
}
