internal import Codec

/// How the parts of the collector are, each found by looking at it just now.
package struct HealthReport: Sendable {
  /// How well a part does.
  package enum Status: String, Sendable {
    case ok, degraded, failed
  }

  /// One part.
  package struct Component: Sendable {
    package let name: String
    package let status: Status
    /// What is wrong, or empty.
    package let message: String
    package let milliseconds: Double
    /// Whether its state is one of the whole: else intake and queries go on without it.
    package let isVital: Bool

    /// What a check of a part found, and how long it took.
    package init(
      name: String, status: Status, message: String, milliseconds: Double, isVital: Bool = true
    ) {
      self.name = name
      self.status = status
      self.message = message
      self.milliseconds = milliseconds
      self.isVital = isVital
    }
  }

  /// The parts, in the order they were looked at.
  package let components: [Component]

  /// A report on these parts.
  package init(_ components: [Component]) {
    self.components = components
  }

  /// The worst status of all that are vital.
  package var status: Status {
    let vital = components.filter(\.isVital)
    if vital.contains(where: { $0.status == .failed }) { return .failed }
    return vital.contains { $0.status == .degraded } ? .degraded : .ok
  }

  /// `{"status","components":[{"name","status","message","latency_ms"}…]}`
  package var json: [UInt8] { json(withMessages: true) }

  /// The same, with or without what is wrong in words.
  func json(withMessages: Bool) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("status")
    json.value(status.rawValue)
    json.key("components")
    json.beginArray()
    for component in components {
      json.beginObject()
      json.key("name")
      json.value(component.name)
      json.key("status")
      json.value(component.status.rawValue)
      json.key("message")
      json.value(withMessages ? component.message : "")
      json.key("latency_ms")
      json.value((component.milliseconds * 1_000).rounded() / 1_000)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes + [0x0A]
  }
}
