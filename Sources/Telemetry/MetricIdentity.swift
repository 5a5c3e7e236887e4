internal import Codec

/// Who a series is: a metric's name and labels, put together once and written as often as needed,
/// as a histogram's buckets need. To be reused: it keeps its memory.
package struct MetricIdentity: Sendable {
  // unsafe because it copies the texts it is given within the call.
  private var texts: [UInt8] = []
  private var name = 0..<0
  private var labels: [(name: Range<Int>, value: Range<Int>)] = []
  private var isSorted = true

  /// Nobody, until `begin`.
  package init() {}

  /// Begins another identity, of a metric with this name (UTF-8).
  package mutating func begin(_ metric: UnsafeRawBufferPointer) {
    texts.removeAll(keepingCapacity: true)
    labels.removeAll(keepingCapacity: true)
    isSorted = true
    name = unsafe append(metric)
  }

  /// About how many bytes it is written as.
  package var byteCount: Int { texts.count + 6 * labels.count }

  /// Begins another identity, of a metric with this name.
  package mutating func begin(_ metric: String) {
    let bytes = Array(metric.utf8)
    unsafe bytes.withUnsafeBytes { unsafe begin($0) }
  }

  /// Adds a label, UTF-8 both. Of one name given twice the last counts; an empty value is no label.
  package mutating func add(_ label: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    let (name, value) = unsafe (append(label), append(value))
    if let last = labels.last, !precedes(last.name, name) { isSorted = false }
    labels.append((name, value))
  }

  /// Begins another identity, of a metric with this name (UTF-8).
  package mutating func begin(_ metric: [UInt8]) {
    unsafe metric.withUnsafeBytes { unsafe begin($0) }
  }

  /// Adds a label.
  package mutating func add(_ label: String, _ value: String) {
    let (name, value) = (Array(label.utf8), Array(value.utf8))
    unsafe name.withUnsafeBytes { name in
      unsafe value.withUnsafeBytes { value in unsafe add(name, value) }
    }
  }

  /// Writes the metric's name and `suffix`, then the labels as a JSON object in order of their
  /// names: the same bytes for the same series, whatever the order they were added in.
  mutating func write(suffix: StaticString, to bytes: inout [UInt8]) -> (name: Int, labels: Int) {
    sort()
    let start = bytes.count
    bytes += texts[name]
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
    let end = bytes.count
    bytes.append(0x7B)
    unsafe texts.withUnsafeBytes { raw in
      for label in labels where !label.value.isEmpty {
        if bytes.count > end + 1 { bytes.append(0x2C) }
        unsafe JSONText.append(UnsafeRawBufferPointer(rebasing: raw[label.name]), to: &bytes)
        bytes.append(0x3A)
        unsafe JSONText.append(UnsafeRawBufferPointer(rebasing: raw[label.value]), to: &bytes)
      }
    }
    bytes.append(0x7D)
    return (end - start, bytes.count - end)
  }

  private mutating func append(_ text: UnsafeRawBufferPointer) -> Range<Int> {
    let start = texts.count
    unsafe texts.append(contentsOf: text)
    return start..<texts.count
  }

  private mutating func sort() {
    guard !isSorted else { return }
    let order = labels.indices.sorted { left, right in
      if precedes(labels[left].name, labels[right].name) { return true }
      return !precedes(labels[right].name, labels[left].name) && left < right
    }
    var sorted: [(name: Range<Int>, value: Range<Int>)] = []
    for index in order {
      if let last = sorted.last, texts[last.name] == texts[labels[index].name] {
        sorted.removeLast()
      }
      sorted.append(labels[index])
    }
    labels = sorted
    isSorted = true
  }

  private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    texts[left].lexicographicallyPrecedes(texts[right])
  }
}
