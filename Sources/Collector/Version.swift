/// Which build this is.
package enum Version {
  /// The version as people and metrics read it.
  package static let text = "0.1.0"
}
