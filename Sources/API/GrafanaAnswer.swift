internal import Codec
internal import PromQL

/// The shapes in which Grafana's JSON data sources take answers.
enum GrafanaAnswer {
  /// Appends `{"target","datapoints":[[value, ms]…],"refId"}`.
  static func append(
    _ series: QueryResult.Series, of target: GrafanaTarget, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("target")
    json.value(target.name(of: series.labels))
    json.key("datapoints")
    json.beginArray()
    for point in series.points {
      guard case .float(let value) = point.sample else { continue }
      json.beginArray()
      json.value(value)
      json.value(point.time)
      json.endArray()
    }
    json.endArray()
    appendReference(target, to: &json)
    json.endObject()
  }

  /// Appends a table of one row a series: time, its labels, the value.
  static func append(
    table series: [QueryResult.Series], of target: GrafanaTarget, to json: inout JSONWriter
  ) {
    let labels = labelNames(series)
    json.beginObject()
    json.key("type")
    json.value("table")
    json.key("columns")
    json.beginArray()
    appendColumn("Time", "time", to: &json)
    for label in labels { appendColumn(label, "string", to: &json) }
    appendColumn("Value", "number", to: &json)
    json.endArray()
    json.key("rows")
    json.beginArray()
    for one in series {
      for point in one.points {
        guard case .float(let value) = point.sample else { continue }
        json.beginArray()
        json.value(point.time)
        for label in labels { json.value(one.labels[label]) }
        json.value(value)
        json.endArray()
      }
    }
    json.endArray()
    appendReference(target, to: &json)
    json.endObject()
  }

  /// Appends stretches of alerts as a frame whose fields annotations are made of.
  static func append(
    frame stretches: [AlertStretch], of target: GrafanaTarget, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("name")
    json.value(target.text)
    json.key("fields")
    json.beginArray()
    appendField("time", "time", stretches, to: &json) { $1.value($0.start) }
    appendField("timeEnd", "time", stretches, to: &json) { $1.value($0.end) }
    appendField("title", "string", stretches, to: &json) { $1.value($0.title) }
    appendField("text", "string", stretches, to: &json) { $1.value($0.text) }
    appendField("tags", "string", stretches, to: &json) {
      $1.value($0.tags.joined(separator: ","))
    }
    json.endArray()
    appendReference(target, to: &json)
    json.endObject()
  }

  /// The names of labels of all series, sorted, without the metric's name.
  static func labelNames(_ series: [QueryResult.Series]) -> [String] {
    Set(series.flatMap { $0.labels.entries.map(\.name) }).subtracting([LabelName.metric])
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Appends a value as it was read.
  static func append(_ node: ConfigNode, to json: inout JSONWriter) {
    switch node.value {
    case .null: json.null()
    case .sequence(let items):
      json.beginArray()
      for item in items { append(item, to: &json) }
      json.endArray()
    case .mapping(let pairs):
      json.beginObject()
      for pair in pairs {
        json.key(pair.key.text ?? "")
        append(pair.value, to: &json)
      }
      json.endObject()
    case .scalar:
      switch node.scalar {
      case .null, nil: json.null()
      case .bool(let flag): json.value(flag)
      case .int(let number): json.value(number)
      case .double(let number): json.value(number)
      case .string(let text): json.value(text)
      }
    }
  }

  private static func appendField(
    _ name: StaticString, _ type: StaticString, _ stretches: [AlertStretch],
    to json: inout JSONWriter, _ value: (AlertStretch, inout JSONWriter) -> Void
  ) {
    json.beginObject()
    json.key("name")
    json.value("\(name)")
    json.key("type")
    json.value("\(type)")
    json.key("values")
    json.beginArray()
    for stretch in stretches { value(stretch, &json) }
    json.endArray()
    json.endObject()
  }

  private static func appendColumn(_ text: String, _ type: String, to json: inout JSONWriter) {
    json.beginObject()
    json.key("text")
    json.value(text)
    json.key("type")
    json.value(type)
    json.endObject()
  }

  private static func appendReference(_ target: GrafanaTarget, to json: inout JSONWriter) {
    guard let reference = target.reference else { return }
    json.key("refId")
    json.value(reference)
  }
}
