extension OTLPSchema {
  /// The fields of the messages that only requests of metrics have.
  static func metricFields(of message: Message) -> [Field] {
    switch message {
    case .metricsRequest: [Field("resourceMetrics", 1, .message, .resourceMetrics)]
    case .resourceMetrics:
      [
        Field("resource", 1, .message, .resource),
        Field("scopeMetrics", 2, .message, .scopeMetrics), Field("schemaUrl", 3, .text),
      ]
    case .scopeMetrics:
      [
        Field("scope", 1, .message, .scope), Field("metrics", 2, .message, .metric),
        Field("schemaUrl", 3, .text),
      ]
    case .metric:
      [
        Field("name", 1, .text), Field("description", 2, .text), Field("unit", 3, .text),
        Field("gauge", 5, .message, .numbers), Field("sum", 7, .message, .sums),
        Field("histogram", 9, .message, .histograms),
        Field("exponentialHistogram", 10, .message, .exponentials),
        Field("summary", 11, .message, .summaries),
      ]
    case .numbers: [Field("dataPoints", 1, .message, .number)]
    case .sums:
      [
        Field("dataPoints", 1, .message, .number), Field("aggregationTemporality", 2, .varint),
        Field("isMonotonic", 3, .flag),
      ]
    case .histograms: series(of: .histogram)
    case .exponentials: series(of: .exponential)
    case .summaries: [Field("dataPoints", 1, .message, .summary)]
    case .number:
      [
        Field("attributes", 7, .message, .keyValue), Field("startTimeUnixNano", 2, .fixed64),
        Field("timeUnixNano", 3, .fixed64), Field("asInt", 6, .fixed64),
        Field("asDouble", 4, .double), Field("flags", 8, .varint),
      ]
    case .histogram: histogram
    case .exponential: exponential
    case .buckets:
      [Field("offset", 1, .zigzag), Field("bucketCounts", 2, .varint, isRepeated: true)]
    case .summary:
      [
        Field("attributes", 7, .message, .keyValue), Field("startTimeUnixNano", 2, .fixed64),
        Field("timeUnixNano", 3, .fixed64), Field("count", 4, .fixed64),
        Field("sum", 5, .double), Field("quantileValues", 6, .message, .quantile),
        Field("flags", 8, .varint),
      ]
    case .quantile: [Field("quantile", 1, .double), Field("value", 2, .double)]
    default: []
    }
  }

  private static func series(of point: Message) -> [Field] {
    [Field("dataPoints", 1, .message, point), Field("aggregationTemporality", 2, .varint)]
  }

  private static let histogram = [
    Field("attributes", 9, .message, .keyValue), Field("startTimeUnixNano", 2, .fixed64),
    Field("timeUnixNano", 3, .fixed64), Field("count", 4, .fixed64), Field("sum", 5, .double),
    Field("bucketCounts", 6, .fixed64, isRepeated: true),
    Field("explicitBounds", 7, .double, isRepeated: true), Field("flags", 10, .varint),
  ]

  private static let exponential = [
    Field("attributes", 1, .message, .keyValue), Field("startTimeUnixNano", 2, .fixed64),
    Field("timeUnixNano", 3, .fixed64), Field("count", 4, .fixed64), Field("sum", 5, .double),
    Field("scale", 6, .zigzag), Field("zeroCount", 7, .fixed64),
    Field("positive", 8, .message, .buckets), Field("negative", 9, .message, .buckets),
    Field("flags", 10, .varint), Field("zeroThreshold", 14, .double),
  ]
}
