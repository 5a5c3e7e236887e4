internal import Codec
package import PromQL

/// How long a query took, in seconds, and what it held; asked for with `stats`.
package struct QueryStatistics: Sendable {
  /// From the request to the first evaluation, and of that in the queue.
  package var preparation = 0.0
  package var queue = 0.0
  /// The evaluation itself.
  package var evaluation = 0.0
  /// The most samples held at one time.
  package var peakSamples = 0
  /// Whether the answer came out of the cache.
  package var isCached = false

  /// Nothing measured yet.
  package init() {}
}

extension PrometheusAnswer {
  /// A query's value as data.
  package static func result(_ value: QueryResult.Value) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("resultType")
    switch value {
    case .scalar: json.value("scalar")
    case .string: json.value("string")
    case .vector: json.value("vector")
    case .matrix: json.value("matrix")
    }
    json.key("result")
    append(value, to: &json)
    json.endObject()
    return json.bytes
  }

  /// The same data with what it took.
  package static func result(_ data: [UInt8], with statistics: QueryStatistics) -> [UInt8] {
    var json = JSONWriter()
    append(statistics, to: &json)
    return data.dropLast() + Array(",\"stats\":".utf8) + json.bytes + [0x7D]
  }

  private static func append(_ value: QueryResult.Value, to json: inout JSONWriter) {
    switch value {
    case .scalar(let time, let number): json.value(json: pair(time, number))
    case .string(let time, let text):
      json.beginArray()
      json.value(json: Self.time(time))
      json.value(text)
      json.endArray()
    case .vector(let series):
      json.beginArray()
      for one in series {
        json.beginObject()
        json.key("metric")
        append(one.labels, to: &json)
        if let point = one.points.first { append(point, to: &json) }
        json.endObject()
      }
      json.endArray()
    case .matrix(let series):
      json.beginArray()
      var times = TimeTexts()
      for one in series { appendSeries(one, &times, to: &json) }
      json.endArray()
    }
  }

  private static func append(_ point: QueryResult.Point, to json: inout JSONWriter) {
    switch point.sample {
    case .float(let number):
      json.key("value")
      json.value(json: pair(point.time, number))
    case .histogram(let histogram):
      json.key("histogram")
      json.value(json: pair(point.time, histogram))
    }
  }

  /// Floats and histograms of a series stand apart, each kind only where there is one.
  private static func appendSeries(
    _ series: QueryResult.Series, _ times: inout TimeTexts, to json: inout JSONWriter
  ) {
    var floats: [UInt8] = []
    floats.reserveCapacity(series.points.count * 36)
    var histograms: [UInt8] = []
    for (index, point) in series.points.enumerated() {
      switch point.sample {
      case .float(let number):
        floats.append(floats.isEmpty ? 0x5B : 0x2C)
        times.append(point.time, at: index, to: &floats)
        append(number, to: &floats)
        floats += [0x22, 0x5D]
      case .histogram(let histogram):
        histograms.append(histograms.isEmpty ? 0x5B : 0x2C)
        histograms += pair(point.time, histogram)
      }
    }
    json.beginObject()
    json.key("metric")
    append(series.labels, to: &json)
    if !floats.isEmpty {
      floats.append(0x5D)
      json.key("values")
      json.value(json: floats)
    }
    if !histograms.isEmpty {
      histograms.append(0x5D)
      json.key("histograms")
      json.value(json: histograms)
    }
    json.endObject()
  }

  private static func append(_ statistics: QueryStatistics, to json: inout JSONWriter) {
    json.beginObject()
    json.key("timings")
    json.beginObject()
    json.key("evalTotalTime")
    json.value(statistics.evaluation)
    json.key("resultSortTime")
    json.value(0)
    json.key("queryPreparationTime")
    json.value(statistics.preparation)
    json.key("innerEvalTime")
    json.value(statistics.evaluation)
    json.key("execQueueTime")
    json.value(statistics.queue)
    json.key("execTotalTime")
    json.value(statistics.preparation + statistics.evaluation)
    json.endObject()
    json.key("samples")
    json.beginObject()
    json.key("peakSamples")
    json.value(statistics.peakSamples)
    json.endObject()
    json.key("cached")
    json.value(statistics.isCached)
    json.endObject()
  }
}

/// What stands before the values of a matrix: most series have theirs at the same times.
private struct TimeTexts {
  private var times: [Int64] = []
  private var texts: [[UInt8]] = []

  /// Appends `[<time>,"` of the point with a number in its series.
  mutating func append(_ time: Int64, at index: Int, to bytes: inout [UInt8]) {
    if index < times.count, times[index] == time {
      bytes.append(contentsOf: texts[index])
      return
    }
    var text: [UInt8] = [0x5B]
    PrometheusAnswer.append(time: time, to: &text)
    text += [0x2C, 0x22]
    bytes.append(contentsOf: text)
    guard index == times.count else { return }
    times.append(time)
    texts.append(text)
  }
}

// MARK: Numbers
extension PrometheusAnswer {
  private static func pair(_ time: Int64, _ number: Double) -> [UInt8] {
    var bytes: [UInt8] = []
    append(time, number, to: &bytes)
    return bytes
  }

  private static func append(_ time: Int64, _ number: Double, to bytes: inout [UInt8]) {
    bytes.append(0x5B)
    append(time: time, to: &bytes)
    bytes += [0x2C, 0x22]
    append(number, to: &bytes)
    bytes += [0x22, 0x5D]
  }

  private static func time(_ time: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    append(time: time, to: &bytes)
    return bytes
  }

  /// Seconds with the milliseconds as three digits, where there are any.
  package static func append(time: Int64, to bytes: inout [UInt8]) {
    if time < 0 { bytes.append(0x2D) }
    let (seconds, fraction) = time.magnitude.quotientAndRemainder(dividingBy: 1_000)
    bytes.append(contentsOf: String(seconds).utf8)
    guard fraction != 0 else { return }
    bytes.append(0x2E)
    for power: UInt64 in [100, 10, 1] { bytes.append(0x30 + UInt8(fraction / power % 10)) }
  }

  /// A sample's value as Go writes it: shortest, with an exponent below 1e-6 and from 1e21 on.
  package static func append(_ value: Double, to bytes: inout [UInt8]) {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53, whole != 0 {
      bytes.append(contentsOf: String(whole).utf8)
      return
    }
    let text = value.description.utf8
    if value.isFinite, !text.contains(UInt8(ascii: "e")) {
      bytes.append(contentsOf: text)
      if bytes.last == 0x30, bytes.dropLast().last == 0x2E { bytes.removeLast(2) }
      return
    }
    let isExponential = value.isFinite && (value.magnitude < 1e-6 || value.magnitude >= 1e21)
    bytes.append(contentsOf: isExponential ? text : NumberText.plain(value).utf8)
  }

  private static func pair(_ time: Int64, _ histogram: NativeHistogram) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    json.value(json: Self.time(time))
    json.beginObject()
    json.key("count")
    json.quoted(histogram.count)
    json.key("sum")
    json.quoted(histogram.sum)
    let buckets = histogram.ascendingBuckets.filter { $0.count != 0 }
    if !buckets.isEmpty {
      json.key("buckets")
      json.beginArray()
      for bucket in buckets { append(bucket, of: histogram, to: &json) }
      json.endArray()
    }
    json.endObject()
    json.endArray()
    return json.bytes
  }

  /// Which bounds are in: 0 the upper, 1 the lower, 2 none, 3 both.
  private static func append(
    _ bucket: NativeHistogram.Bucket, of histogram: NativeHistogram, to json: inout JSONWriter
  ) {
    let isZero = !histogram.hasCustomBuckets && bucket.lower <= 0 && bucket.upper >= 0
    let hasLower = isZero || bucket.lower < 0
    let hasUpper = isZero || bucket.upper > 0
    json.beginArray()
    json.value(hasLower ? (hasUpper ? 3 : 1) : (hasUpper ? 0 : 2))
    json.quoted(bucket.lower)
    json.quoted(bucket.upper)
    json.quoted(bucket.count)
    json.endArray()
  }
}

extension JSONWriter {
  fileprivate mutating func quoted(_ number: Double) {
    var bytes: [UInt8] = [0x22]
    PrometheusAnswer.append(number, to: &bytes)
    bytes.append(0x22)
    value(json: bytes)
  }
}
