internal import Codec

/// What one route is for, takes and answers: the part of its description that its declaration does
/// not hold.
package struct RouteNote: Sendable {
  /// Where a parameter stands.
  enum Place: String, Sendable {
    case query, path
  }

  /// One parameter.
  struct Parameter: Sendable {
    let name: String
    let place: Place
    let shape: Shape
    let note: String
    var isRequired = false
    /// Whether it may stand several times.
    var repeats = false
    /// A value that has an answer.
    var example = ""
  }

  /// A body by its content types.
  struct Body: Sendable {
    let content: [Content]
    var isRequired = true
  }

  /// What a body of one content type looks like.
  struct Content: Sendable {
    let type: String
    let shape: Shape
    /// JSON, or text where the content type is none of JSON's.
    var example = ""
  }

  /// One answer.
  struct Answer: Sendable {
    let status: Int
    let note: String
    var content: [Content] = []
    /// Headers beyond those of every answer, with what they say.
    var headers: [(name: String, note: String)] = []
  }

  /// As its declaration has it.
  package let method: String
  /// As its declaration has it, with `:name` for what is captured.
  package let path: String
  let tag: RouteTag
  let summary: String
  var details = ""
  var parameters: [Parameter] = []
  var body: Body?
  /// Those that are its own; what every route may answer is added by the document.
  var answers: [Answer] = []
  /// Whether its answer goes on until the client ends it.
  var isEndless = false

  init(_ method: String, _ path: String, _ tag: RouteTag, _ summary: String) {
    self.method = method
    self.path = path
    self.tag = tag
    self.summary = summary
  }
}

/// The groups in which routes are shown, in their order.
enum RouteTag: String, CaseIterable, Sendable {
  case intake, history, windows, money, alerts, prometheus, grafana, administration, health

  var title: String {
    switch self {
    case .intake: "Intake"
    case .history: "History"
    case .windows: "Windows"
    case .money: "Money"
    case .alerts: "Alerts"
    case .prometheus: "Prometheus"
    case .grafana: "Grafana and tables"
    case .administration: "Administration"
    case .health: "Health and description"
    }
  }

  var note: String {
    switch self {
    case .intake: "What services send."
    case .history: "What is stored, and what it adds up to."
    case .windows: "The last hour as sliding windows, and how many groups there are."
    case .money: "What was spent, and how budgets stand."
    case .alerts: "What fires, who looks after it, what is silenced, who was told."
    case .prometheus: "Prometheus' own HTTP API, for Grafana and whatever else speaks it."
    case .grafana: "Grafana's JSON data sources, and plain tables."
    case .administration: "For whoever may administer."
    case .health: "The collector itself."
    }
  }
}

// MARK: Building
extension RouteNote {
  /// The same with more details.
  func explained(_ text: String) -> RouteNote { with { $0.details = text } }

  /// The same with more parameters.
  func takes(_ parameters: [Parameter]) -> RouteNote { with { $0.parameters += parameters } }

  /// The same with a body of these content types.
  func reads(_ content: [Content], isRequired: Bool = true) -> RouteNote {
    with { $0.body = Body(content: content, isRequired: isRequired) }
  }

  /// The same with a body of JSON.
  func readsJSON(_ shape: Shape, example: String, isRequired: Bool = true) -> RouteNote {
    reads(
      [Content(type: "application/json", shape: shape, example: example)], isRequired: isRequired)
  }

  /// The same with a usual answer of JSON.
  func gives(_ note: String, _ shape: Shape) -> RouteNote { gives(200, note, shape) }

  /// The same with a usual answer of these content types.
  func gives(
    _ note: String, _ content: [Content], headers: [(name: String, note: String)] = []
  ) -> RouteNote {
    with {
      $0.answers.append(Answer(status: 200, note: note, content: content, headers: headers))
    }
  }

  /// The same with another answer of JSON.
  func gives(_ status: Int, _ note: String, _ shape: Shape) -> RouteNote {
    let content = Content(type: "application/json", shape: shape)
    return with { $0.answers.append(Answer(status: status, note: note, content: [content])) }
  }

  /// The same with a refusal in the shape that errors have there.
  func refuses(_ status: Int, _ note: String) -> RouteNote {
    with { $0.answers.append(Answer(status: status, note: note)) }
  }

  /// The same, going on until the client ends it.
  var endless: RouteNote { with { $0.isEndless = true } }

  private func with(_ change: (inout RouteNote) -> Void) -> RouteNote {
    var note = self
    change(&note)
    return note
  }
}

extension RouteNote.Parameter {
  /// A field of the query string, or of a form.
  static func query(
    _ name: String, _ shape: Shape, _ note: String, example: String = ""
  ) -> RouteNote.Parameter {
    RouteNote.Parameter(name: name, place: .query, shape: shape, note: note, example: example)
  }

  /// A part of the path.
  static func path(_ name: String, _ note: String, example: String = "") -> RouteNote.Parameter {
    RouteNote.Parameter(
      name: name, place: .path, shape: .filledText, note: note, isRequired: true,
      example: example)
  }

  var required: RouteNote.Parameter {
    var parameter = self
    parameter.isRequired = true
    return parameter
  }

  var repeated: RouteNote.Parameter {
    var parameter = self
    parameter.repeats = true
    return parameter
  }
}
