internal import Codec
internal import HTTP

extension Response {
  /// Bytes below which compressing costs more than it saves.
  private static let smallest = 1_024

  /// The same answer in gzip, where the client's `Accept-Encoding` prefers that and it is worth it.
  /// Takes about 10 ms a megabyte, so it is no work for an intake thread.
  func compressed(for acceptEncoding: String) -> Response {
    guard body.count >= Self.smallest, !acceptEncoding.isEmpty,
      !headers.contains(where: { $0.name == "Content-Encoding" })
    else { return self }
    let offered: [StaticString] = ["gzip", "identity"]
    guard
      Negotiation.best(acceptEncoding: Array(acceptEncoding.utf8), offered: offered) == 0
    else { return self }
    var answer = self
    var deflater = Deflater(.gzip, level: 1)
    var packed: [UInt8] = []
    packed.reserveCapacity(body.count / 6)
    deflater.deflate(body, appendingTo: &packed)
    deflater.finish(appendingTo: &packed)
    answer.body = packed
    answer.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return answer
  }
}
