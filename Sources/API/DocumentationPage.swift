internal import Alerts
internal import Codec
internal import Serving

/// The description of a table of routes as one page of HTML that needs nothing else: no script, no
/// font, no image, and its policy allows none.
struct DocumentationPage: Sendable {
  /// The page.
  let html: [UInt8]

  /// What goes with it: nothing may be loaded, and only this style may apply.
  static let headers: [(name: String, value: String)] = {
    let digest = SHA256.digest(of: Array(style.utf8))
    var base64: [UInt8] = []
    Base64.encode(digest, into: &base64)
    let hash = String(decoding: base64, as: UTF8.self)
    return [
      (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'; "
          + "frame-ancestors 'none'"
      ),
      ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ]
  }()

  /// The page on `routes`, of a collector of this version.
  init(_ routes: [Route], version: String) {
    var writer = DocumentationWriter()
    writer.writePage(routes, version: version)
    html = Array(writer.text.utf8)
  }

  static let style = """
    :root{color-scheme:light dark;--edge:#8884;--soft:#8881;--link:#06c}
    @media (prefers-color-scheme:dark){:root{--link:#7bf}}
    body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem}
    a{color:var(--link)}h1{margin:.2em 0}h2{margin:2em 0 .3em}h3{font-size:1em;margin:1em 0 .2em}
    code,pre{font:.9em ui-monospace,monospace}
    pre{background:var(--soft);padding:.6em;overflow:auto;margin:.3em 0}
    details{border:1px solid var(--edge);border-radius:.4em;margin:.4em 0}
    summary{padding:.4em .7em;cursor:pointer}summary:hover,summary:focus{background:var(--soft)}
    details>div{padding:0 .9em .8em;border-top:1px solid var(--edge)}
    summary b{display:inline-block;min-width:4.2em}.role{float:right;opacity:.7}
    table{border-collapse:collapse;width:100%;font-size:.93em}
    th,td{text-align:left;vertical-align:top;padding:.2em .6em .2em 0;border-bottom:1px solid \
    var(--edge)}td:first-child{white-space:nowrap}
    .needed::after{content:" *"}nav a{margin-right:1em}

    """
}

/// Writes the page.
private struct DocumentationWriter {
  private(set) var text = ""

  mutating func writePage(_ routes: [Route], version: String) {
    text += """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Barograph \(Self.escaped(version)): HTTP interface</title>
      <style>\(DocumentationPage.style)</style>
      </head>
      <body>
      <h1>Barograph</h1>
      <p>Version \(Self.escaped(version)). The same for programs: \
      <a href="/v1/openapi.json">openapi.json</a>.</p>

      """
    for part in OpenAPIDocument.preface { text += "<p>\(Self.prose(part))</p>\n" }
    text += "<nav>"
    for tag in RouteTag.allCases { text += "<a href=\"#\(tag.rawValue)\">\(tag.title)</a> " }
    text += "<a href=\"#statuses\">Refusals</a> <a href=\"#shapes\">Shapes</a> "
    text += "<a href=\"#runbooks\">Starter rules</a></nav>\n"
    for tag in RouteTag.allCases { write(tag, routes) }
    writeStatuses(routes)
    writeShapes()
    writeRunbooks()
    text += "</body>\n</html>\n"
  }

  private mutating func write(_ tag: RouteTag, _ routes: [Route]) {
    text += "<h2 id=\"\(tag.rawValue)\">\(tag.title)</h2>\n<p>\(Self.escaped(tag.note))</p>\n"
    for route in routes {
      let note = RouteCatalog.note(of: route)
      guard (note?.tag ?? .health) == tag else { continue }
      write(route, note)
    }
  }

  private mutating func write(_ route: Route, _ note: RouteNote?) {
    text += """
      <details><summary><b>\(route.method)</b> <code>\(Self.escaped(route.template))</code> \
      \(Self.prose(note?.summary ?? "")) <span class="role">\(route.role.text)</span></summary><div>

      """
    if let note {
      if !note.details.isEmpty { text += "<p>\(Self.prose(note.details))</p>\n" }
      writeParameters(note.parameters)
      for part in note.body?.content ?? [] { writeBody(part) }
    }
    let answers = RouteAnswers(route, note)
    text += "<h3>Answers</h3>\n<table>\n"
    for answer in answers.own { write(answer) }
    text += "</table>\n"
    for answer in answers.own { for part in answer.content { writeMembers(of: part.shape) } }
    let others = answers.others.map { "<a href=\"#status\($0.status)\">\($0.status)</a>" }
    let type = answers.others.last?.content.first.map { Self.words(of: $0.shape) } ?? ""
    text += "<p>Or, as \(type): \(others.joined(separator: " "))</p>\n</div></details>\n"
  }

  /// What each status means that most routes may answer.
  private mutating func writeStatuses(_ routes: [Route]) {
    var told: Set<String> = []
    let all = routes.flatMap { RouteAnswers($0, RouteCatalog.note(of: $0)).others }
    text += "<h2 id=\"statuses\">Usual refusals</h2>\n<table>\n"
    for status in Set(all.map(\.status)).sorted() {
      for answer in all where answer.status == status && told.insert(answer.note).inserted {
        let isFirst = !text.contains("id=\"status\(status)\"")
        let headers = answer.headers.map { "<code>\($0.name)</code>: \(Self.prose($0.note))" }
        text += """
          <tr\(isFirst ? " id=\"status\(status)\"" : "")><td>\(status)</td>\
          <td>\(Self.prose(answer.note))</td><td>\(headers.joined(separator: "<br>"))</td></tr>

          """
      }
    }
    text += "</table>\n"
  }

  private mutating func writeParameters(_ parameters: [RouteNote.Parameter]) {
    guard !parameters.isEmpty else { return }
    text += "<h3>Parameters</h3>\n<table>\n"
    for parameter in parameters {
      let needed = parameter.isRequired ? " class=\"needed\"" : ""
      text += """
        <tr><td\(needed)><code>\(Self.escaped(parameter.name))</code></td>\
        <td>\(Self.words(of: parameter.shape))</td><td>\(Self.prose(parameter.note))</td></tr>

        """
    }
    text += "</table>\n"
  }

  private mutating func writeBody(_ part: RouteNote.Content) {
    text +=
      "<h3>Body: <code>\(Self.escaped(part.type))</code>, \(Self.words(of: part.shape))</h3>\n"
    writeMembers(of: part.shape)
    if !part.example.isEmpty { text += "<pre>\(Self.escaped(part.example))</pre>\n" }
  }

  private mutating func write(_ answer: RouteNote.Answer) {
    let forms = answer.content.map { part in
      "<code>\(Self.escaped(part.type))</code> \(Self.words(of: part.shape))"
    }
    let headers = answer.headers.map { "<br><code>\($0.name)</code>: \(Self.prose($0.note))" }
    text += """
      <tr><td>\(answer.status)</td><td>\(Self.prose(answer.note))\(headers.joined())</td>\
      <td>\(forms.joined(separator: "<br>"))</td></tr>

      """
  }

  private mutating func writeShapes() {
    text += "<h2 id=\"shapes\">Shapes</h2>\n<p>Members with * are always there.</p>\n"
    for (name, shape) in RouteCatalog.shapes {
      text += "<details id=\"\(name)\"><summary><code>\(name)</code></summary><div>\n"
      if !shape.note.isEmpty { text += "<p>\(Self.prose(shape.note))</p>\n" }
      if case .object = shape.form {
        writeMembers(of: shape)
      } else {
        text += "<p>\(Self.words(of: shape))</p>\n"
        if case .either(let shapes) = shape.form { for one in shapes { writeMembers(of: one) } }
        if case .list(let one, _) = shape.form { writeMembers(of: one) }
      }
      text += "</div></details>\n"
    }
  }

  /// What to make of the alerts that the collector brings along, where their links lead.
  private mutating func writeRunbooks() {
    text += "<h2 id=\"runbooks\">Starter rules</h2>\n<p>What their alerts mean.</p>\n"
    for (alert, note) in StarterRunbooks.all {
      text += "<h3 id=\"\(alert)\">\(alert)</h3>\n<p>\(Self.prose(note))</p>\n"
    }
  }

  /// A table of an object's members, those of inner objects below theirs.
  private mutating func writeMembers(of shape: Shape) {
    guard case .object(let members) = shape.form, !members.isEmpty else { return }
    text += "<table>\n"
    writeRows(members, under: "")
    text += "</table>\n"
  }

  private mutating func writeRows(_ members: [(name: String, shape: Shape)], under path: String) {
    for (name, shape) in members {
      let needed = shape.isOptional ? "" : " class=\"needed\""
      text += """
        <tr><td\(needed)><code>\(Self.escaped(path + name))</code></td>\
        <td>\(Self.words(of: shape))</td><td>\(Self.prose(shape.note))</td></tr>

        """
      switch shape.form {
      case .object(let inner): writeRows(inner, under: "\(path)\(name).")
      case .list(let one, _):
        if case .object(let inner) = one.form { writeRows(inner, under: "\(path)\(name)[].") }
      case .map(let one):
        if case .object(let inner) = one.form { writeRows(inner, under: "\(path)\(name).*.") }
      default: break
      }
    }
  }
}

// MARK: Texts
extension DocumentationWriter {
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  /// Text whose parts in backquotes are code.
  private static func prose(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { place, part in
      place.isMultiple(of: 2) ? escaped(String(part)) : "<code>\(escaped(String(part)))</code>"
    }.joined()
  }

  /// A shape in words, with its named parts as links to where they are shown.
  private static func words(of shape: Shape) -> String {
    shape.words.split(separator: " ").map { word in
      let name = String(word.filter { $0.isLetter })
      guard named.contains(name) else { return escaped(String(word)) }
      return escaped(String(word)).replacing(name, with: "<a href=\"#\(name)\">\(name)</a>")
    }.joined(separator: " ")
  }

  private static let named = Set(RouteCatalog.shapes.map(\.name))
}
