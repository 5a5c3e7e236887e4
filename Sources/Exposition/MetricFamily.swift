/// One metric family and its samples, as any room hands them over: plain values.
package struct MetricFamily: Equatable, Sendable {
  /// What kind of metric it is.
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// One line of the page.
  package struct Sample: Equatable, Sendable {
    /// Added to the family's name: ``, `_bucket`, `_sum` or `_count`.
    package let suffix: String
    package let labels: [(name: String, value: String)]
    package let value: Double

    /// A sample of the family.
    package init(
      _ value: Double, labels: [(name: String, value: String)] = [], suffix: String = ""
    ) {
      self.suffix = suffix
      self.labels = labels
      self.value = value
    }

    package static func == (left: Sample, right: Sample) -> Bool {
      left.suffix == right.suffix && left.value == right.value
        && left.labels.elementsEqual(right.labels, by: ==)
    }
  }

  /// The name before any suffix, what kind of metric it is, and what it says, in words.
  package let name: String
  package let kind: Kind
  package let help: String
  /// The lines of the page, in their order.
  package var samples: [Sample]

  /// A family of these samples.
  package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.samples = samples
  }

  /// A family with one sample and no label.
  package init(_ name: String, _ kind: Kind, _ help: String, value: Double) {
    self.init(name, kind, help, [Sample(value)])
  }

  /// A family with one sample for each value of one label.
  package init(
    _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [(String, Double)]
  ) {
    self.init(
      name, kind, help, values.map { Sample($0.1, labels: [(name: label, value: $0.0)]) })
  }
}
