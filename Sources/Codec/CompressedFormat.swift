/// How deflated bytes are wrapped.
package enum CompressedFormat: Sendable {
  /// RFC 1952; when reading, any number of members back to back.
  case gzip
  /// RFC 1950.
  case zlib
  /// RFC 1951, no wrapping.
  case raw

  /// zlib's name for the format, with its largest window.
  var windowBits: Int32 {
    switch self {
    case .gzip: 15 + 16
    case .zlib: 15
    case .raw: -15
    }
  }
}
