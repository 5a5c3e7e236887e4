/// A finished call of a batch with its texts as they came, for those who look at calls before
/// anything is hidden; the texts lie in the batch and are gone with it.
package struct CallTexts: Sendable {
  /// The call's place in the batch.
  package var index = 0
  package var input = TextSlice.absent
  package var output = TextSlice.absent
  /// A JSON array.
  package var documents = TextSlice.absent

  /// A call without texts.
  package init() {}
}
