/// An answer with all of its body.
package struct Response: Equatable, Sendable {
  /// The status code.
  package let status: Int
  /// Header lines in their order, names in lower case.
  package let headers: [Header]
  /// The body, as it came: not decompressed.
  package let body: [UInt8]

  /// An answer; names of headers are in lower case.
  package init(status: Int, headers: [Header], body: [UInt8]) {
    (self.status, self.headers, self.body) = (status, headers, body)
  }

  /// One header line.
  package struct Header: Equatable, Sendable {
    package let name: String
    package let value: String

    /// A header line; its name is in lower case.
    package init(name: String, value: String) {
      (self.name, self.value) = (name, value)
    }
  }

  /// Whether the status is one of success.
  package var isSuccess: Bool { (200..<300).contains(status) }

  /// The value of the first header named `name`, in lower case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }

  /// Seconds the server asks to wait before the next try, at the time `now` in seconds since 1970.
  package func retryAfter(now: Int64) -> Int64? {
    header("retry-after").flatMap { RetryAfter.seconds($0, now: now) }
  }
}

extension Response.Header {
  /// The lines of a head that the parser has found in order.
  static func all(in lines: [UInt8]) -> [Response.Header] {
    lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let value = line[(colon + 1)...].drop(while: isBlank)
      let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.startIndex
      return Response.Header(
        name: String(decoding: line[..<colon], as: UTF8.self).lowercased(),
        value: String(decoding: value[value.startIndex..<end], as: UTF8.self))
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
