/// A function that templates can call, by its name.
enum TemplateFunction: String, Sendable {
  // Go's own.
  case and, or, not, len, index, slice, print, printf, println, html, js, urlquery
  case eq, ne, lt, le, gt, ge
  // Prometheus'.
  case query, first, label, value, strvalue, args, sortByLabel, reReplaceAll, match, safeHtml
  case title, toUpper, toLower, graphLink, tableLink, stripPort, stripDomain, urlQueryEscape
  case humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp
  case toTime, toDuration, now, parseDuration, pathPrefix, externalURL
  // Alertmanager's, for messages.
  case toJson

  /// Why a call has no value; the caller knows where.
  struct Failure: Error {
    let message: String

    init(_ message: String) { self.message = message }
  }

  private var argumentCount: ClosedRange<Int> {
    switch self {
    case .pathPrefix, .externalURL, .now: 0...0
    case .print, .println, .args, .html, .js, .urlquery: 0...1000
    case .and, .or, .printf, .index, .slice: 1...1000
    case .eq: 2...1000
    case .ne, .lt, .le, .gt, .ge, .label, .sortByLabel, .match: 2...2
    case .reReplaceAll: 3...3
    default: 1...1
    }
  }

  /// What the function gives for `arguments`.
  func value(
    _ arguments: [TemplateValue], _ context: TemplateContext
  ) throws(Failure) -> TemplateValue {
    guard argumentCount.contains(arguments.count) else {
      throw Failure("wrong number of args: want \(argumentCount.lowerBound) got \(arguments.count)")
    }
    let call = TemplateCall(arguments: arguments, context: context)
    switch self {
    case .and, .or: preconditionFailure("the run decides these itself")
    case .not: return .bool(!arguments[0].isTrue)
    case .len: return try call.length()
    case .index: return try call.element()
    case .slice: return try call.slice()
    case .print: return .string(TemplateText.joined(arguments))
    case .println:
      return .string(arguments.map(TemplateText.plain).joined(separator: " ") + "\n")
    case .printf: return .string(TemplateFormat.text(try call.text(0), Array(arguments[1...])))
    case .html: return .string(TemplateEscape.html(call.joined))
    case .js: return .string(TemplateEscape.script(call.joined))
    case .urlquery: return .string(TemplateEscape.query(call.joined))
    case .urlQueryEscape: return .string(TemplateEscape.query(try call.text(0)))
    case .eq, .ne, .lt, .le, .gt, .ge: return .bool(try call.compared(self))
    case .match: return .bool(try call.isMatched())
    case .query, .first, .label, .value, .strvalue, .args, .sortByLabel:
      return try call.queried(self)
    case .humanize, .humanize1024, .humanizeDuration, .humanizePercentage, .humanizeTimestamp:
      return .string(try call.humanized(self))
    case .toTime, .toDuration, .now, .parseDuration: return try call.timed(self)
    case .toJson: return .string(try call.json())
    default: return .string(try call.rewritten(self))
    }
  }
}

/// The arguments of a call, as what the function wants.
struct TemplateCall {
  let arguments: [TemplateValue]
  let context: TemplateContext

  /// Arguments as one text.
  var joined: String { TemplateText.joined(arguments) }

  func text(_ index: Int) throws(TemplateFunction.Failure) -> String {
    guard case .string(let text) = arguments[index] else { throw wrongType(index, "string") }
    return text
  }

  func sample(_ index: Int) throws(TemplateFunction.Failure) -> TemplateSample {
    guard case .sample(let sample) = arguments[index] else {
      throw wrongType(index, "*template.sample")
    }
    return sample
  }

  func vector(_ index: Int) throws(TemplateFunction.Failure) -> [TemplateSample] {
    guard case .vector(let samples) = arguments[index] else {
      throw wrongType(index, "template.queryResult")
    }
    return samples
  }

  /// A number, or what reads as one; a duration in seconds.
  func number(_ index: Int) throws(TemplateFunction.Failure) -> Double {
    switch arguments[index] {
    case .float(let number): return number
    case .int(let number): return Double(number)
    case .duration(let nanoseconds): return Double(nanoseconds) / 1e9
    case .string(let text):
      if let number = Double(text) { return number }
      throw TemplateFunction.Failure("parsing \(TemplateQuote.text(text)): invalid syntax")
    default:
      throw TemplateFunction.Failure("can't convert \(arguments[index].typeName) to float")
    }
  }

  func wrongType(_ index: Int, _ expected: String) -> TemplateFunction.Failure {
    TemplateFunction.Failure(
      "wrong type for value; expected \(expected); got \(arguments[index].typeName)")
  }
}

/// Samples.
extension TemplateCall {
  func queried(_ function: TemplateFunction) throws(TemplateFunction.Failure) -> TemplateValue {
    switch function {
    case .query: return .vector(try answer(to: try text(0)))
    case .first:
      guard let first = try vector(0).first else {
        throw TemplateFunction.Failure("first() called on vector with no elements")
      }
      return .sample(first)
    case .label: return .string(try sample(1).labels[try text(0)] ?? "")
    case .value: return .float(try sample(0).value)
    case .strvalue: return .string(try sample(0).labels["__value__"] ?? "")
    case .sortByLabel:
      let name = try text(0)
      let sorted = try vector(1).enumerated().sorted { left, right in
        let (mine, its) = (left.element.labels[name] ?? "", right.element.labels[name] ?? "")
        return mine == its
          ? left.offset < right.offset : mine.utf8.lexicographicallyPrecedes(its.utf8)
      }
      return .vector(sorted.map(\.element))
    default:
      // A map of maps could double in size with each step.
      guard !arguments.contains(where: { if case .map = $0 { true } else { false } }) else {
        throw TemplateFunction.Failure("args of args")
      }
      let named = arguments.enumerated().map { ("arg\($0.offset)", $0.element) }
      return .map(Dictionary(named, uniquingKeysWith: { $1 }))
    }
  }

  private func answer(to query: String) throws(TemplateFunction.Failure) -> [TemplateSample] {
    do throws(RuleFailure) {
      return try context.query(query).map { TemplateSample($0) }
    } catch {
      throw TemplateFunction.Failure(error.message)
    }
  }
}

/// Parts and comparisons.
extension TemplateCall {
  func length() throws(TemplateFunction.Failure) -> TemplateValue {
    switch arguments[0] {
    case .string(let text): .int(Int64(text.utf8.count))
    case .labels(let labels): .int(Int64(labels.count))
    case .vector(let samples): .int(Int64(samples.count))
    case .map(let entries): .int(Int64(entries.count))
    case .list(let values): .int(Int64(values.count))
    default: throw TemplateFunction.Failure("len of type \(arguments[0].typeName)")
    }
  }

  func element() throws(TemplateFunction.Failure) -> TemplateValue {
    var value = arguments[0]
    for (index, key) in arguments.enumerated().dropFirst() {
      switch (value, key) {
      case (.labels(let labels), .string(let key)): value = .string(labels[key] ?? "")
      case (.map(let entries), .string(let key)): value = entries[key] ?? .none
      case (.vector(let samples), .int(let place)):
        guard samples.indices.contains(Int(place)) else {
          throw TemplateFunction.Failure("index out of range: \(place)")
        }
        value = .sample(samples[Int(place)])
      case (.list(let values), .int(let place)):
        guard values.indices.contains(Int(place)) else {
          throw TemplateFunction.Failure("index out of range: \(place)")
        }
        value = values[Int(place)]
      case (.string(let text), .int(let place)):
        let bytes = Array(text.utf8)
        guard bytes.indices.contains(Int(place)) else {
          throw TemplateFunction.Failure("index out of range: \(place)")
        }
        value = .int(Int64(bytes[Int(place)]))
      case (.labels, _), (.map, _): throw wrongType(index, "string")
      default: throw TemplateFunction.Failure("can't index item of type \(value.typeName)")
      }
    }
    return value
  }

  func slice() throws(TemplateFunction.Failure) -> TemplateValue {
    var bounds: [Int] = []
    for (index, bound) in arguments.enumerated().dropFirst() {
      guard case .int(let number) = bound else { throw wrongType(index, "int") }
      bounds.append(Int(number))
    }
    guard bounds.count <= 2 else { throw TemplateFunction.Failure("cannot 3-index slice") }
    func range(of count: Int) throws(TemplateFunction.Failure) -> Range<Int> {
      let (low, high) = (bounds.first ?? 0, bounds.count > 1 ? bounds[1] : count)
      guard 0 <= low, low <= high, high <= count else {
        throw TemplateFunction.Failure("index out of range: \(low):\(high)")
      }
      return low..<high
    }
    switch arguments[0] {
    case .string(let text):
      let bytes = Array(text.utf8)
      return .string(String(decoding: bytes[try range(of: bytes.count)], as: UTF8.self))
    case .vector(let samples): return .vector(Array(samples[try range(of: samples.count)]))
    case .list(let values): return .list(Array(values[try range(of: values.count)]))
    default:
      throw TemplateFunction.Failure("can't slice item of type \(arguments[0].typeName)")
    }
  }

  func compared(_ function: TemplateFunction) throws(TemplateFunction.Failure) -> Bool {
    switch function {
    case .eq:
      for index in arguments.indices.dropFirst() where try equals(index) { return true }
      return false
    case .ne: return !(try equals(1))
    case .lt: return try precedes(0, 1)
    case .le: return try precedes(0, 1) ? true : equals(1)
    // As in Go these are the inverse of the other two, also for NaN.
    case .gt: return try precedes(0, 1) ? false : !equals(1)
    default: return try !precedes(0, 1)
    }
  }

  private func equals(_ index: Int) throws(TemplateFunction.Failure) -> Bool {
    switch (arguments[0], arguments[index]) {
    case (.bool(let left), .bool(let right)): return left == right
    case (.int(let left), .int(let right)): return left == right
    case (.duration(let left), .duration(let right)): return left == right
    case (.float(let left), .float(let right)): return left == right
    case (.string(let left), .string(let right)): return left == right
    case (.none, let other), (let other, .none): return other == .none
    default: throw incomparable
    }
  }

  private func precedes(
    _ left: Int, _ right: Int
  ) throws(TemplateFunction.Failure) -> Bool {
    switch (arguments[left], arguments[right]) {
    case (.int(let left), .int(let right)): return left < right
    case (.duration(let left), .duration(let right)): return left < right
    case (.float(let left), .float(let right)): return left < right
    case (.string(let left), .string(let right)):
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    default: throw incomparable
    }
  }

  private var incomparable: TemplateFunction.Failure {
    let kinds = arguments.map(\.typeName)
    return TemplateFunction.Failure(
      Set(kinds).count > 1
        ? "incompatible types for comparison: \(kinds.joined(separator: ", "))"
        : "invalid type for comparison: \(kinds[0])")
  }
}
