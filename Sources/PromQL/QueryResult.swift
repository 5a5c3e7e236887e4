/// The answer to a query.
package struct QueryResult: Sendable {
  /// A value at one time.
  package enum Sample: Equatable, Sendable {
    case float(Double)
    // Indirect lest every float of an answer take the room of a histogram.
    indirect case histogram(NativeHistogram)
  }

  /// A value and its time in milliseconds since 1970.
  package struct Point: Equatable, Sendable {
    package let time: Int64
    package let sample: Sample

    /// A value at a time.
    package init(time: Int64, sample: Sample) {
      self.time = time
      self.sample = sample
    }
  }

  /// A series of the answer; one point in an instant vector.
  package struct Series: Equatable, Sendable {
    package let labels: Labels
    package let points: [Point]

    /// A series of these points, ascending in time.
    package init(labels: Labels, points: [Point]) {
      self.labels = labels
      self.points = points
    }
  }

  /// The answer by its type.
  package enum Value: Equatable, Sendable {
    case scalar(time: Int64, Double)
    case string(time: Int64, String)
    /// Sorted by labels unless the query asks for another order.
    case vector([Series])
    /// Sorted by labels, points by time; a range query always answers this.
    case matrix([Series])
  }

  /// The value.
  package let value: Value
  /// What may make the answer wrong, in the order met, each once.
  package let warnings: [String]
  /// What is worth knowing of how it came about.
  package let infos: [String]
  /// The most samples held at one time.
  package let peakSamples: Int
}
