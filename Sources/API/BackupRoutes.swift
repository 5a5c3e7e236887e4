internal import Codec
package import Serving

/// How a backup of the collector's store is going.
package struct BackupReport: Equatable, Sendable {
  /// What is being done.
  package enum Phase: String, Sendable {
    case idle, copying, checking, done, failed
  }

  /// What is being done, or how the last one ended.
  package var phase = Phase.idle
  /// The file it is to become.
  package var file = ""
  /// Pages copied, and all.
  package var pagesDone = 0
  package var pagesTotal = 0
  /// Why it failed, or empty.
  package var message = ""

  /// No backup.
  package init() {}

  /// `{"phase","file","pages_done","pages_total","message"}`
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("phase")
    json.value(phase.rawValue)
    json.key("file")
    json.value(file)
    json.key("pages_done")
    json.value(pagesDone)
    json.key("pages_total")
    json.value(pagesTotal)
    json.key("message")
    json.value(message)
    json.endObject()
    return json.bytes + [0x0A]
  }
}

/// The routes that order a backup and tell how it goes, for whoever may administer.
package struct BackupRoutes: Sendable {
  private let order: @Sendable (_ file: String, _ replaces: Bool) -> String?
  private let report: @Sendable () -> BackupReport

  /// Routes over what orders a backup, giving why it cannot or nil, and what tells of the last one.
  package init(
    order: @escaping @Sendable (_ file: String, _ replaces: Bool) -> String?,
    report: @escaping @Sendable () -> BackupReport
  ) {
    self.order = order
    self.report = report
  }

  /// All of them.
  package var all: [Route] {
    [
      Route("GET", "/v1/backup", .admin, .query { _ in Response(body: report().json) }),
      Route("POST", "/v1/backup", .admin, .query { begin($0) }),
    ]
  }

  private func begin(_ request: Request) -> Response {
    let node: ConfigNode?
    do throws(ConfigSyntaxError) {
      node = try ConfigReader.read(request.body).first
    } catch {
      node = nil
    }
    guard let file = node?["file"]?.text, file.hasPrefix("/") else {
      return ErrorBody(
        400, "bad_request", "expected {\"file\":\"/PATH\"}",
        hint: "the path is one of the collector's machine, from its root"
      ).response(id: request.id)
    }
    if let problem = order(file, node?["replace"]?.scalar == .bool(true)) {
      return ErrorBody(409, "backup_refused", problem).response(id: request.id)
    }
    return Response(status: 202, body: report().json)
  }
}
