/// Writes requests.
package enum RequestWriter {
  /// Adds a whole request to `output`. `target` and `host` must pass `isTarget` and `isHost`. A
  /// `body` gets its Content-Length, an empty one too; nil means that the method has none.
  package static func append(
    _ method: HTTPMethod, target: [UInt8], host: [UInt8], _ fields: [HTTPField] = [],
    body: [UInt8]? = nil, keepsAlive: Bool = true, to output: inout [UInt8]
  ) {
    precondition(method != .other, "a request has a known method")
    precondition(isTarget(target), "a target is a path and query of visible characters")
    precondition(isHost(host), "a host is a name or address, with or without port")
    output.append(text: method.name)
    output.append(ASCII.space)
    output.append(contentsOf: target)
    output.append(text: " HTTP/1.1\r\nHost: ")
    output.append(contentsOf: host)
    output.appendLineEnd()
    for field in fields { output.append(contentsOf: field.line) }
    if !keepsAlive { output.append(text: "Connection: close\r\n") }
    if let body {
      output.append(text: "Content-Length: ")
      output.append(decimal: body.count)
      output.appendLineEnd()
    }
    output.appendLineEnd()
    if let body { output.append(contentsOf: body) }
  }

  /// Whether `bytes` may be a request's target.
  package static func isTarget(_ bytes: [UInt8]) -> Bool {
    bytes.first == ASCII.slash
      && bytes.allSatisfy { $0 > ASCII.space && $0 < 0x7F && $0 != ASCII.hash }
  }

  /// Whether `bytes` may be a request's `Host`.
  package static func isHost(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy(ASCII.isHostByte)
  }
}
