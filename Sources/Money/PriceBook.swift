internal import Codec
internal import Synchronization

/// All known prices: the price files of this installation, in their order, before the book inside
/// the program. Immutable and shared; a reload makes a new one.
package final class PriceBook: Sendable {
  /// By precedence.
  let sources: [PriceSource]
  /// Rows that calls were priced by. Of the process and not of a book: a residual may be priced
  /// after the prices were reloaded. Bounded by the rows of the books there were.
  private static let rows = Mutex<[UInt32: PriceRow]>([:])

  /// A book in which `files` come before the book inside the program, the first one first.
  package init(files: [PriceFile] = []) {
    sources = files.map(\.source) + [Self.embedded]
  }

  /// A book of one file alone, for what looks at a single file.
  package init(alone file: PriceFile) {
    sources = [file.source]
  }

  /// The row that a call was priced by in this process, or nil. Takes a lock: for what is rare.
  package static func row(_ id: UInt32) -> PriceRow? { rows.withLock { $0[id] } }

  /// Keeps a row for `row(_:)`.
  static func keep(_ row: PriceRow) {
    rows.withLock { $0[row.id] = row }
  }

  /// The book inside the program, read when it is first asked for: about 10 ms.
  private static let embedded: PriceSource = {
    let packed = unsafe UnsafeBufferPointer(
      start: embeddedData.utf8Start, count: embeddedData.utf8CodeUnitCount)
    var data: [UInt8] = []
    do {
      guard let bytes = unsafe Base64.decode(Array(packed)) else {
        preconditionFailure("the embedded prices are base64")
      }
      var inflater = Inflater(.zlib)
      data.reserveCapacity(embeddedSize)
      try inflater.inflate(bytes, appendingTo: &data, limit: embeddedSize)
      return try PriceFile(data, name: "embedded").source
    } catch {
      preconditionFailure("the embedded prices are readable: \(error)")
    }
  }()
}
