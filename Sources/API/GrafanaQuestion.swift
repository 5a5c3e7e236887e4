internal import Codec
internal import PromQL
internal import Serving
internal import Timeline

/// One question and the answers to it.
struct GrafanaQuestion {
  private let call: GrafanaCall
  private let queries: GrafanaQueries
  private let everything: ClosedRange<Int64> = 0...9_000_000_000_000

  init(_ service: QueryService, _ request: Request) throws(QueryFault) {
    call = try GrafanaCall(request, steps: service.settings.steps)
    queries = GrafanaQueries(service, request, filters: call.filters)
  }

  /// The names of metrics that hold a text.
  func search() throws(QueryFault) -> JSONWriter {
    var json = JSONWriter()
    let text = call.text("target") ?? ""
    let found =
      text.hasPrefix("label_values(")
      ? try values(text) : try values(LabelName.metric, []).filter { $0.contains(text) }
    json.texts(found)
    return json
  }

  /// The metrics, each with what can be computed of it.
  func metrics() throws(QueryFault) -> JSONWriter {
    let described = try queries.list { (source) throws(QueryError) in
      try source.metadata(nil, limit: 0)
    }
    let kinds = Dictionary(described.map { ($0.name, $0.type) }) { first, _ in first }
    var json = JSONWriter()
    json.beginArray()
    append(metric: GrafanaTarget.annotations, "Alerts, as annotations", [], to: &json)
    for name in try values(LabelName.metric, []) {
      append(metric: name, name, Self.calculations(kinds[name] ?? "", name), to: &json)
    }
    json.endArray()
    return json
  }

  private static func calculations(_ kind: String, _ name: String) -> [GrafanaTarget.Calculation] {
    switch kind {
    case "histogram": [.p50, .p90, .p95, .p99, .average]
    case "gauge": [.value]
    case "counter": [.rate, .increase, .value]
    default:
      // What a histogram is made of has no entry of its own.
      name.hasSuffix("_bucket") || name.hasSuffix("_sum") || name.hasSuffix("_count")
        ? [.rate, .increase, .value] : [.value, .rate, .increase]
    }
  }

  private func append(
    metric: String, _ label: String, _ calculations: [GrafanaTarget.Calculation],
    to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("label")
    json.value(label)
    json.key("value")
    json.value(metric)
    json.key("payloads")
    json.beginArray()
    if !calculations.isEmpty {
      json.payload(
        "calculation", "Calculation", "select", calculations.map { ($0.label, $0.rawValue) })
      json.payload("by", "By", "multi-select", [])
    }
    json.payload("format", "Format", "select", [("time series", "series"), ("table", "table")])
    json.payload("legend", "Legend", "input", [])
    json.endArray()
    json.endObject()
  }

  /// What may be chosen in a field of a metric: the labels that it has.
  func options() throws(QueryFault) -> JSONWriter {
    var json = JSONWriter()
    json.beginArray()
    if call.text("name") == "by", let metric = call.text("metric") {
      for name in try labelNames([Query.selector(metric)]) { json.option(name, name) }
    }
    json.endArray()
    return json
  }

  /// The series and tables of all targets. One that cannot be read leaves the others alone; where
  /// none can, the answer says why.
  func query() throws(QueryFault) -> JSONWriter {
    var json = JSONWriter()
    json.beginArray()
    var failure: QueryFault?
    var isAnswered = false
    for target in (call.body?["targets"]).items.map(GrafanaTarget.init)
    where !target.isHidden && !target.text.isEmpty {
      do throws(QueryFault) {
        try append(target, to: &json)
        isAnswered = true
      } catch {
        failure = failure ?? error
      }
    }
    if let failure, !isAnswered { throw failure }
    json.endArray()
    return json
  }

  private func append(_ target: GrafanaTarget, to json: inout JSONWriter) throws(QueryFault) {
    let (from, to) = (call.from, call.to)
    if target.text == GrafanaTarget.annotations {
      let stretches = try AlertStretch.all(target.alertQuery, from: from, to: to, queries)
      return GrafanaAnswer.append(frame: stretches, of: target, to: &json)
    }
    let text = target.query(range: to - from, step: call.step)
    guard !target.isTable else {
      let series = try queries.instant(text, at: to)
      return GrafanaAnswer.append(table: series, of: target, to: &json)
    }
    let found = try queries.range(
      text, from: call.firstStep, to: max(call.firstStep, call.lastStep), step: call.step)
    for series in found { GrafanaAnswer.append(series, of: target, to: &json) }
  }

  /// When alerts fired, with the annotation that was asked for.
  func annotations() throws(QueryFault) -> JSONWriter {
    let annotation = call.body?["annotation"]
    let stretches = try AlertStretch.all(
      annotation?["query"]?.text ?? "", from: call.from, to: call.to, queries)
    var json = JSONWriter()
    json.beginArray()
    for stretch in stretches {
      json.beginObject()
      json.key("annotation")
      if let annotation { GrafanaAnswer.append(annotation, to: &json) } else { json.null() }
      json.key("time")
      json.value(stretch.start)
      json.key("timeEnd")
      json.value(stretch.end)
      json.key("isRegion")
      json.value(stretch.end > stretch.start)
      json.key("title")
      json.value(stretch.title)
      json.key("tags")
      json.texts(stretch.tags)
      json.key("text")
      json.value(stretch.text)
      json.endObject()
    }
    json.endArray()
    return json
  }

  /// The values of a dashboard's variable: of `label_values(metric, label)`, of a label by its
  /// name, or the names of metrics for `metrics`.
  func variable() throws(QueryFault) -> JSONWriter {
    let payload = call.body?["payload"]
    let text = payload?["target"]?.text ?? payload?.text ?? ""
    var json = JSONWriter()
    json.beginArray()
    for value in text == "metrics" ? try values(LabelName.metric, []) : try values(text) {
      json.beginObject()
      json.key("__text")
      json.value(value)
      json.key("__value")
      json.value(value)
      json.endObject()
    }
    json.endArray()
    return json
  }

  /// The labels that a dashboard may filter by.
  func tagKeys() throws(QueryFault) -> JSONWriter {
    var json = JSONWriter()
    json.beginArray()
    for name in try labelNames([]) {
      json.beginObject()
      json.key("type")
      json.value("string")
      json.key("text")
      json.value(name)
      json.endObject()
    }
    json.endArray()
    return json
  }

  /// The values of one of them.
  func tagValues() throws(QueryFault) -> JSONWriter {
    var json = JSONWriter()
    json.beginArray()
    for value in try values(call.text("key") ?? "", []) {
      json.beginObject()
      json.key("text")
      json.value(value)
      json.endObject()
    }
    json.endArray()
    return json
  }

  private func labelNames(_ selectors: [[LabelMatcher]]) throws(QueryFault) -> [String] {
    let found = try queries.list { (source) throws(QueryError) in
      try source.labelNames(
        selectors, from: everything.lowerBound, through: everything.upperBound, limit: 0)
    }
    return found.values.filter { $0 != LabelName.metric }.sorted()
  }

  /// The values that `label_values(selector, label)`, `label_values(label)` or a name stands for.
  private func values(_ text: String) throws(QueryFault) -> [String] {
    guard let match = text.wholeMatch(of: /label_values\((?:(.*),)? *([^,{}]+?) *\)/) else {
      return try values(text, [])
    }
    var selectors: [[LabelMatcher]] = []
    if let selector = match.output.1 { selectors.append(try Query.selector(String(selector))) }
    return try values(String(match.output.2), selectors)
  }

  private func values(
    _ label: String, _ selectors: [[LabelMatcher]]
  ) throws(QueryFault) -> [String] {
    guard !label.isEmpty else { return [] }
    let found = try queries.list { (source) throws(QueryError) in
      try source.labelValues(
        label, selectors, from: everything.lowerBound, through: everything.upperBound, limit: 0)
    }
    return found.values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension Query {
  /// The conditions of a selector.
  static func selector(_ text: String) throws(QueryFault) -> [LabelMatcher] {
    do throws(QueryError) {
      return try Parser.parseSelector(text).matchers
    } catch {
      throw QueryFault(parsing: error, of: "target")
    }
  }
}

extension JSONWriter {
  fileprivate mutating func texts(_ texts: [String]) {
    beginArray()
    for text in texts { value(text) }
    endArray()
  }

  fileprivate mutating func option(_ label: String, _ value: String) {
    beginObject()
    key("label")
    self.value(label)
    key("value")
    self.value(value)
    endObject()
  }

  /// A field of a metric that its editor shows.
  fileprivate mutating func payload(
    _ name: String, _ label: String, _ type: String, _ options: [(label: String, value: String)]
  ) {
    beginObject()
    key("label")
    value(label)
    key("name")
    value(name)
    key("type")
    value(type)
    // Without options the editor asks for them.
    if !options.isEmpty {
      key("options")
      beginArray()
      for choice in options { option(choice.label, choice.value) }
      endArray()
    }
    endObject()
  }
}
