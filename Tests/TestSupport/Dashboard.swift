package import Codec

/// A Grafana dashboard of this repository, as it is in its file.
package struct Dashboard: Sendable, CustomStringConvertible {
  /// One query of a panel, with the macros and variables of Grafana in it.
  package struct Query: Sendable {
    package let panel: String
    package let reference: String
    package let text: String
    package let isInstant: Bool

    /// A query of these parts.
    package init(panel: String, reference: String, text: String, isInstant: Bool) {
      (self.panel, self.reference) = (panel, reference)
      (self.text, self.isInstant) = (text, isInstant)
    }

    /// The query as Grafana sends it: macros are spans of these seconds, variables any value, and
    /// a window that of an hour.
    package func filled(rate: Int, range: Int) -> String {
      text.replacing("$__rate_interval", with: "\(rate)s").replacing("$__range", with: "\(range)s")
        .replacing("$window", with: "1h").replacing(/\$[a-z_]+/, with: ".*")
    }
  }

  /// The name of its file.
  package let name: String
  /// All that the file says.
  package let root: ConfigNode

  /// Every dashboard there is.
  package static let all: [Dashboard] =
    Fixtures.names(in: folder).filter { $0.hasSuffix(".json") }.map { name in
      do {
        let nodes = try ConfigReader.read(Fixtures.bytes("\(folder)/\(name)"))
        guard nodes.count == 1, let root = nodes.first else {
          preconditionFailure("\(name) is not one object")
        }
        return Dashboard(name: name, root: root)
      } catch {
        preconditionFailure("\(name) cannot be read: \(error)")
      }
    }
  private static let folder = "../../dashboards"

  package var description: String { name }

  /// Its panels but for the rows.
  package var panels: [ConfigNode] {
    root["panels"].items.filter { $0["type"]?.text != "row" }
  }

  /// The queries of its panels.
  package var queries: [Query] {
    panels.flatMap { panel in
      panel["targets"].items.map { target in
        Query(
          panel: panel["title"]?.text ?? "", reference: target["refId"]?.text ?? "",
          text: target["expr"]?.text ?? "", isInstant: target["instant"]?.text == "true")
      }
    }
  }

  /// The bytes of a file beside the dashboards.
  package static func bytes(_ name: String) -> [UInt8] { Fixtures.bytes("\(folder)/\(name)") }
}

extension ConfigNode? {
  /// The items of a sequence; none of anything else.
  package var items: [ConfigNode] {
    guard case .sequence(let items)? = self?.value else { return [] }
    return items
  }
}
