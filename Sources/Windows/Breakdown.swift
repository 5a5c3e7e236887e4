package import Telemetry

/// One label of a breakdown.
package enum WindowLabel: Hashable, Sendable {
  case dimension(Dimension)
  case errorType
  /// The category that a score gives.
  case scoreWord
  /// A member of the attributes, by its path.
  case attribute(String)

  /// The name users write.
  package var name: String {
    switch self {
    case .dimension(let dimension): dimension.name
    case .errorType: "error_type"
    case .scoreWord: RollupNaming.valueLabel
    case .attribute(let path): "attrs.\(path)"
    }
  }

  /// The label of this name, or nil.
  package init?(name: String) {
    if name == "error_type" {
      self = .errorType
    } else if name.hasPrefix("attrs."), name.count > 6 {
      self = .attribute(String(name.dropFirst(6)))
    } else if let dimension = Dimension.allCases.first(where: { $0.name == name }) {
      self = .dimension(dimension)
    } else {
      return nil
    }
  }
}

/// Labels by which windows are broken down. No labels: the total.
package struct Breakdown: Hashable, Sendable {
  package let labels: [WindowLabel]

  /// A breakdown by these labels.
  package init(_ labels: [WindowLabel]) {
    self.labels = labels
  }

  /// Whether it counts every span, not only the calls to models.
  package var countsSpans: Bool { labels.contains(.dimension(.kind)) }

  /// What windows are broken down by unless the configuration says otherwise; the total comes first
  /// always.
  package static let standard: [Breakdown] = [
    Breakdown([.dimension(.service)]),
    Breakdown(
      [Dimension.service, .provider, .model, .operation].map(WindowLabel.dimension)),
    Breakdown([Dimension.tenant, .provider, .model].map(WindowLabel.dimension)),
    Breakdown([Dimension.prompt, .promptVersion, .variant].map(WindowLabel.dimension)),
    Breakdown([Dimension.kind, .name].map(WindowLabel.dimension)),
    Breakdown([.errorType]),
  ]
}
