/// A place in a JSON document, as RFC 6901 writes it.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
  /// The names and numbers on the way from the root.
  package private(set) var steps: [[UInt8]]

  /// The root.
  package init() {
    steps = []
  }

  /// The place behind `steps`.
  package init(steps: [[UInt8]]) {
    self.steps = steps
  }

  /// The pointer that `text` spells: empty, or each step behind a `/`; nil for anything else.
  package init?(_ text: some StringProtocol) {
    guard !text.isEmpty else {
      steps = []
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    var steps: [[UInt8]] = []
    for part in text.utf8.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard let step = Self.unescaped(part) else { return nil }
      steps.append(step)
    }
    self.steps = steps
  }

  /// The place one step further.
  package func appending(_ step: String) -> JSONPointer {
    appending(Array(step.utf8))
  }

  /// The place one step further.
  package func appending(_ step: [UInt8]) -> JSONPointer {
    JSONPointer(steps: steps + [step])
  }

  /// The place of an element.
  package func appending(_ index: Int) -> JSONPointer {
    appending(String(index))
  }

  mutating func push(_ step: [UInt8]) { steps.append(step) }

  mutating func pop() { steps.removeLast() }

  /// The pointer as text: `/a/0`, with `~0` and `~1` for `~` and `/`.
  package var description: String {
    var bytes: [UInt8] = []
    for step in steps {
      bytes.append(UInt8(ascii: "/"))
      for byte in step {
        switch byte {
        case UInt8(ascii: "~"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "0")]
        case UInt8(ascii: "/"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
        default: bytes.append(byte)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ part: some Collection<UInt8>) -> [UInt8]? {
    var step: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        step.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): step.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): step.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return step
  }
}

extension JSONValue {
  /// The value at `pointer`, or nil when nothing is there.
  package func value(at pointer: JSONPointer) -> JSONValue? {
    var value = self
    for step in pointer.steps {
      guard let next = value.child(step) else { return nil }
      value = next
    }
    return value
  }

  /// The member called `step`, or the element of that number.
  private func child(_ step: [UInt8]) -> JSONValue? {
    switch self {
    case .object(let object): return object[step]
    case .array(let elements):
      guard let index = Self.index(step), index < elements.count else { return nil }
      return elements[index]
    default: return nil
    }
  }

  /// A number of an element as RFC 6901 allows it: no sign, no needless zero.
  static func index(_ step: [UInt8]) -> Int? {
    guard !step.isEmpty, step.count <= 9, step.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    guard step.count == 1 || step[0] != 0x30 else { return nil }
    return step.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
  }
}
