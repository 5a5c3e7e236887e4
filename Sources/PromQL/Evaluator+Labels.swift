internal import Pattern

extension Evaluator {
  // unsafe because a string lends its bytes to the matcher for the length of a call.

  mutating func labelReplace(
    _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var texts: [String] = []
    for argument in arguments.dropFirst() { texts.append(try evaluate(argument, grid).string) }
    let (target, replacement, source) = (texts[0], Array(texts[1].utf8), texts[2])
    let matcher: PatternMatcher
    do {
      matcher = PatternMatcher(try BytePattern(texts[3], options: .dotMatchesNewline))
    } catch {
      throw .execution("invalid regular expression in label_replace(): \(error)")
    }
    guard !target.isEmpty else {
      throw .execution("invalid destination label name in label_replace(): \"\"")
    }
    var rows = try evaluate(arguments[0], grid).rows
    for index in rows.indices {
      try budget.spend(16)
      var value = rows[index].labels[source]
      let replaced = value.withUTF8 { bytes -> String? in
        let text = UnsafeRawBufferPointer(bytes)
        guard let captures = unsafe matcher.fullCaptures(in: text) else { return nil }
        var output: [UInt8] = []
        unsafe matcher.expand(replacement, captures: captures, of: text, into: &output)
        return String(decoding: output, as: UTF8.self)
      }
      if let replaced {
        rows[index].labels = rows[index].labels.setting(target, to: try bounded(replaced))
      }
    }
    return try merged(rows)
  }

  /// Nested calls could double a value each time, so its length has an end.
  private func bounded(_ value: String) throws(QueryError) -> String {
    guard value.utf8.count <= settings.limits.labelBytes else {
      throw QueryError(.limit, "label value is longer than \(settings.limits.labelBytes) bytes")
    }
    return value
  }

  mutating func labelJoin(
    _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var texts: [String] = []
    for argument in arguments.dropFirst() { texts.append(try evaluate(argument, grid).string) }
    let (target, separator, sources) = (texts[0], texts[1], texts.dropFirst(2))
    guard !target.isEmpty else {
      throw .execution("invalid destination label name in label_join(): \"\"")
    }
    guard !sources.contains("") else {
      throw .execution("invalid source label name in label_join(): \"\"")
    }
    var rows = try evaluate(arguments[0], grid).rows
    for index in rows.indices {
      let labels = rows[index].labels
      let joined = sources.map { labels[$0] }.joined(separator: separator)
      rows[index].labels = labels.setting(target, to: try bounded(joined))
    }
    return try merged(rows)
  }
}
