internal import Serving

/// Every answer that a route may give: its own, and those that come before it is reached.
struct RouteAnswers {
  /// In which shape errors come.
  private enum Errors {
    case own, prometheus, status
  }

  private let route: Route
  private let note: RouteNote?
  private let errors: Errors

  /// The answers of a route with its note.
  init(_ route: Route, _ note: RouteNote?) {
    self.route = route
    self.note = note
    if case .intake(.otlp) = route.action {
      errors = .status
    } else {
      errors = route.pattern.hasPrefix("/api/v1/") ? .prometheus : .own
    }
  }

  /// All of them by rising status.
  var all: [RouteNote.Answer] {
    (own + others).sorted { $0.status < $1.status }
  }

  /// Those that its note tells of, with what else the same status may mean.
  var own: [RouteNote.Answer] {
    var answers = note?.answers ?? []
    // A refusal of its own has the shape that errors have here.
    for index in answers.indices where answers[index].content.isEmpty {
      answers[index].content = content(of: answers[index].status)
      answers[index].headers += headers(of: answers[index].status)
    }
    if answers.isEmpty { answers.append(.init(status: 200, note: "the answer")) }
    for (status, text) in usual {
      guard let index = answers.firstIndex(where: { $0.status == status }) else { continue }
      add(text, status, to: &answers[index])
    }
    return answers
  }

  /// Those that come before its own.
  var others: [RouteNote.Answer] {
    let told = Set((note?.answers ?? []).map(\.status))
    return usual.filter { !told.contains($0.status) }.map { status, text in
      RouteNote.Answer(
        status: status, note: text, content: content(of: status), headers: headers(of: status))
    }.sorted { $0.status < $1.status }
  }

  /// What a status says beside the route's own reason for it.
  private func add(_ text: String, _ status: Int, to answer: inout RouteNote.Answer) {
    let more = content(of: status)
    answer = RouteNote.Answer(
      status: status, note: "\(answer.note); or \(text)",
      content: answer.content.map { part in
        guard let other = more.first(where: { $0.type == part.type }),
          other.shape.words != part.shape.words
        else { return part }
        return .init(type: part.type, shape: .either(part.shape, other.shape))
      },
      headers: answer.headers.isEmpty ? headers(of: status) : answer.headers)
  }

  private var isIntake: Bool {
    if case .intake = route.action { true } else { false }
  }

  private var isOpen: Bool { route.role == .open }

  /// What can happen to any request of its kind.
  private var usual: [(status: Int, note: String)] {
    var usual = [
      (400, "the request cannot be read, or a parameter of it"),
      (403, "the role is missing, or Host or Origin are not allowed"),
    ]
    if !isOpen {
      usual += [
        (401, "there is no key, or a wrong one"), (429, "too many requests, or too many events"),
      ]
    }
    if note?.body != nil || isIntake {
      usual += [
        (413, "the body is too large, as sent or unpacked"),
        (415, "the body's Content-Encoding or Content-Type is not known"),
      ]
    }
    if otlpPathHasLists {
      usual.append((405, "the request says that it carries OpenTelemetry's protobuf"))
    }
    usual.append(
      isIntake
        ? (503, "there is no room, or the store takes nothing; nothing was taken")
        : (503, "too many queries wait, one took too long, or the store cannot be read"))
    return usual
  }

  /// Exporters sometimes GET where they should POST; a list of the same path refuses them.
  private var otlpPathHasLists: Bool { route.method == "GET" && route.pattern == "/v1/traces" }

  private func content(of status: Int) -> [RouteNote.Content] {
    if status == 405 {
      return [.init(type: "application/x-protobuf", shape: .bytes)]
    }
    switch errors {
    case .own: return [.init(type: "application/json", shape: .named("Error"))]
    case .prometheus:
      return [.init(type: "application/json", shape: .named("PrometheusError"))]
    case .status:
      return [
        .init(type: "application/json", shape: .named("Status")),
        .init(type: "application/x-protobuf", shape: .bytes),
      ]
    }
  }

  private func headers(of status: Int) -> [(name: String, note: String)] {
    switch status {
    case 401: [("WWW-Authenticate", "how a key is sent")]
    case 405: [("Allow", "the methods that are")]
    case 429, 503: [("Retry-After", "seconds after which it may be sent again")]
    default: []
    }
  }
}
