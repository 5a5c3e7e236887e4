import API
import Codec
import HTTP
import LinuxIO
import Outbound
import Quality
import TestSupport
import Testing

/// The description of the HTTP interface, held against the program that serves it.
@Suite struct DescriptionTests {
  /// Routes whose answer never ends, and those that only the owner of the data may ask.
  private static func isAsked(_ route: String, _ served: ServedDescription) -> Bool {
    route.hasPrefix("GET ") && served.operation(route)?["x-endless"] == nil
      && served.operation(route)?["x-role"]?.text != "admin"
  }

  @Test func `every route has a note and every note a route, and the index lists them`() throws {
    try RunningCollector.use { collector in
      let served = try ServedDescription(collector)
      let noted = RouteCatalog.notes.map { note in
        "\(note.method) "
          + note.path.split(separator: "/", omittingEmptySubsequences: false).map {
            $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0)
          }.joined(separator: "/")
      }
      #expect(Set(served.routes).symmetricDifference(noted) == [])
      let index = try JSONReader.read(try collector.get("/").body)
      let listed = (index["routes"]?.elements ?? []).map { route in
        "\(route["method"]?.text ?? "") \(route["path"]?.text ?? "")"
      }
      #expect(listed.sorted() == served.routes.sorted())
      for route in served.routes {
        #expect(served.operation(route)?["summary"]?.text?.isEmpty == false, "\(route)")
      }
      let version = try #require(served.document["info"]?["version"]?.text)
      #expect(try collector.text("/metrics").contains("version=\"\(version)\""))
    }
  }

  @Test func `answers with data are as described`() throws {
    try DescriptionScene.use { scene in
      let served = try ServedDescription(scene.collector)
      let questions = DescriptionScene.questions(Clock.wall / 1_000_000_000)
      for route in served.routes where Self.isAsked(route, served) {
        let asked = questions[String(route.dropFirst(4))] ?? []
        #expect(!asked.isEmpty, "nothing is asked of \(route)")
        for question in asked { try Self.expect(question, route, scene, served) }
      }
    }
  }

  @Test func `what is not described is seen`() throws {
    try RunningCollector.use { collector in
      let served = try ServedDescription(collector)
      func complaint(_ path: String, _ body: String, status: Int = 200) throws -> String? {
        try served.complaint(
          "GET \(path)", status: status, contentType: "application/json", body: Array(body.utf8))
      }
      #expect(try complaint("/livez", #"{"status":"ok"}"#) == nil)
      #expect(try complaint("/livez", #"{"status":"ok","more":1}"#) != nil)
      #expect(try complaint("/livez", #"{"status":"ill"}"#) != nil)
      #expect(try complaint("/livez", #"{"status":"ok"}"#, status: 404) != nil)
      #expect(try complaint("/v1/events", #"{"events":[{"id":1}],"next":null}"#) == nil)
      #expect(try complaint("/v1/events", #"{"events":[{"id":1,"x":2}],"next":null}"#) != nil)
      #expect(try complaint("/v1/events", #"{"events":[{"type":"log"}],"next":null}"#) != nil)
    }
  }

  private static func expect(
    _ question: (path: String, holds: String), _ route: String, _ scene: DescriptionScene,
    _ served: ServedDescription
  ) throws {
    var answer = try scene.collector.get(question.path)
    let isThere = try Eventually.holds {
      if answer.text.contains(question.holds) { return true }
      answer = try scene.collector.get(question.path)
      return false
    }
    #expect(isThere, "\(question.path): no \(question.holds) in \(answer.text.prefix(2_000))")
    let type = answer.contentType
    let complaint = try served.complaint(
      route, status: answer.status, contentType: type, body: answer.body)
    #expect(complaint == nil, "\(question.path): \(answer.text.prefix(3_000))")
  }

  @Test func `every parameter does something`() throws {
    try DescriptionScene.use { scene in
      let served = try ServedDescription(scene.collector)
      for route in served.routes where Self.isAsked(route, served) {
        let parameters = served.parameters(route)
        let path = parameters.filter { $0.place == "path" }.reduce(route.dropFirst(4)) {
          $0.replacing("{\($1.name)}", with: Self.known[route] ?? $1.example ?? "")[...]
        }
        let now = Clock.wall / 1_000_000_000
        let times = ["start": "\(now - 60)", "end": "\(now)", "step": "10"]
        let needed = parameters.filter { $0.place == "query" && $0.example != nil }.map {
          (name: $0.name, value: times[$0.name] ?? $0.example ?? "")
        }
        func ask(_ changed: String?) throws -> Response {
          var fields = needed.filter { $0.name != changed }.map { "\($0.name)=\($0.value)" }
          if let changed { fields.append("\(changed)=nonsense-value") }
          return try scene.collector.get("\(path)?\(fields.joined(separator: "&"))")
        }
        let usual = try ask(nil)
        #expect(usual.status == 200, "\(route): \(usual.text)")
        for parameter in parameters where parameter.place == "query" {
          var other = try ask(parameter.name)
          // What has just come is not yet at any of the long steps of a range.
          let differs = try Eventually.holds(within: 60) {
            if try other.status >= 400 || other.body != ask(nil).body { return true }
            other = try ask(parameter.name)
            return false
          }
          #expect(differs, "\(route) ignores \(parameter.name)")
          let complaint = try served.complaint(
            route, status: other.status, contentType: other.contentType, body: other.body)
          #expect(complaint == nil)
        }
      }
    }
  }

  /// What a part of the path is for an answer with data.
  private static let known = [
    "GET /v1/traces/{id}": DescriptionScene.trace, "GET /v1/sessions/{id}": "s1",
    "GET /v1/budgets/{name}": "month",
  ]

  @Test func `the page needs nothing but itself`() throws {
    try RunningCollector.use { collector in
      let page = try collector.get("/docs")
      #expect(page.status == 200 && page.contentType == "text/html; charset=utf-8")
      let policy = page.header("content-security-policy") ?? ""
      #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"), "\(policy)")
      let style = try #require(page.text.firstMatch(of: /<style>([^<]*)<\/style>/))
      var hash: [UInt8] = []
      Base64.encode(SHA256.digest(of: Array(String(style.output.1).utf8)), into: &hash)
      #expect(policy.contains("'sha256-\(String(decoding: hash, as: UTF8.self))'"))
      for word in [
        "<script", "<link", "<img", "<iframe", " style=", " onclick", "http://", "@import",
      ] {
        #expect(!page.text.contains(word), "\(word)")
      }
      let targets = page.text.matches(of: /href="#([^"]*)"/).map { String($0.output.1) }
      for target in Set(targets) {
        #expect(page.text.contains("id=\"\(target)\""), "nothing has the id \(target)")
      }
      let served = try ServedDescription(collector)
      for route in served.routes {
        let words = route.split(separator: " ")
        #expect(page.text.contains("<b>\(words[0])</b> <code>\(words[1])</code>"), "\(route)")
      }
    }
  }

  @Test func `a part of the path is taken as it was meant, however it is encoded`() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"type":"llm","session":"a b/c%é"}"#, accepted: 1)
      let answer = try collector.get("/v1/sessions/a%20b%2Fc%25%C3%A9")
      #expect(answer.status == 200 && answer.text.contains(#""session":"a b/c%é""#))
      #expect(try collector.get("/v1/sessions/a%zz").status == 404)
    }
  }
}

extension Response {
  fileprivate var contentType: String { header("content-type") ?? "" }
}
