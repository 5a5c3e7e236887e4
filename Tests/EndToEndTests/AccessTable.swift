import Codec
import TestSupport

/// The table of routes in the documentation of security: who may use which.
struct AccessTable {
  struct Row: Equatable {
    let method: String
    let path: String
    let role: String
    let tenants: String

    var name: String { "\(method) \(path)" }
  }

  let rows: [Row]

  /// As the documentation has it.
  static let documented: AccessTable = {
    let page = String(
      decoding: Fixtures.bytes("../../Sources/barograph/Documentation.docc/Security.md"),
      as: UTF8.self)
    let rows = page.matches(of: /\| `([A-Z]+) (\/[^`]*)` \| ([a-z]+) \| ([a-z]+) \|/).map {
      Row(
        method: String($0.output.1), path: String($0.output.2), role: String($0.output.3),
        tenants: String($0.output.4))
    }
    return AccessTable(rows: rows)
  }()

  /// As a running collector says at `GET /`.
  init(served body: [UInt8]) throws {
    var rows: [Row] = []
    if case .sequence(let nodes)? = try ConfigReader.read(body).first?["routes"]?.value {
      rows = nodes.map { node in
        func text(_ name: String) -> String { node[name]?.text ?? "" }
        return Row(
          method: text("method"), path: text("path"), role: text("role"),
          tenants: text("tenants"))
      }
    }
    self.rows = rows
  }

  private init(rows: [Row]) { self.rows = rows }
}
