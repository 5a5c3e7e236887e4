package import PromQL

/// Taking names out of all that alerts remember.
extension AlertEngine {
  /// Writes over names, length for length, in a text and in a record; nil where there is none.
  package struct NameFiller {
    let text: ([UInt8]) -> [UInt8]?
    let record: ([UInt8]) -> [UInt8]?

    /// What writes over names: `text` in words, `record` between bytes of any kind.
    package init(
      text: @escaping ([UInt8]) -> [UInt8]?, record: @escaping ([UInt8]) -> [UInt8]?
    ) {
      (self.text, self.record) = (text, record)
    }
  }

  /// Writes over names in everything, at `time`: what fires under one goes on under what stands in
  /// its place, and nobody is told anew. Gives the alerts that fire under another name now, each
  /// with the labels it had; nil where no name was found.
  package mutating func erase(
    _ filler: NameFiller, at time: Int64
  ) -> [(labels: Labels, change: AlertChange)]? {
    let renamed = renamedLabels(filler)
    let codes = renamed.map { (Array($0.fingerprintText.utf8), Array($1.fingerprintText.utf8)) }
    var isFound = false
    func filled(_ bytes: [UInt8]) -> [UInt8] {
      let clean = filler.record(bytes)
      isFound = isFound || clean != nil
      return codes.reduce(clean ?? bytes) { Self.replacing($1.0, with: $1.1, in: $0) }
    }
    let saved = memory.keys("").map { key in
      (
        key: String(decoding: filled(Array(key.utf8)), as: UTF8.self),
        bytes: filled(memory[key] ?? [])
      )
    }
    guard isFound else { return nil }
    restart(remembering: AlertMemory(saved: saved), at: time)
    return renamed.flatMap { old, new in
      (router.alerts[new] ?? [:]).filter { $0.value.endsAt == nil }.map { rule, alert in
        (old, AlertChange(alert: alert, activeAt: alert.startsAt, rule: rule))
      }
    }
  }

  /// The labels of alerts that hold a name, and what becomes of them.
  private func renamedLabels(_ filler: NameFiller) -> [Labels: Labels] {
    let known = reports.flatMap(\.evaluation.alertLabels)
    var renamed: [Labels: Labels] = [:]
    for labels in Set(known).union(router.alerts.keys) {
      let entries = labels.entries.map { label in
        let clean = filler.text(Array(label.value.utf8))
        return Label(label.name, clean.map { String(decoding: $0, as: UTF8.self) } ?? label.value)
      }
      let other = Labels(entries)
      if other != labels { renamed[labels] = other }
    }
    return renamed
  }

  private static func replacing(
    _ code: [UInt8], with other: [UInt8], in bytes: [UInt8]
  ) -> [UInt8] {
    var output = bytes
    var place = 0
    while place + code.count <= output.count {
      if output[place..<place + code.count].elementsEqual(code) {
        output.replaceSubrange(place..<place + code.count, with: other)
        place += code.count
      } else {
        place += 1
      }
    }
    return output
  }
}
