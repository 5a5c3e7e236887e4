internal import Codec

/// What must hold for any bytes a peer can send.
package enum HTTPFuzz {
  /// Reads `bytes` whole and in pieces as requests and as responses: the same must be understood.
  /// Then as each other grammar: nothing may trap. The first byte chooses the pieces.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let seed = unsafe bytes.first else { return }
    let text = unsafe Array(bytes.dropFirst())
    let limits = HTTPLimits(
      headerBytes: 512, headerCount: 8, targetBytes: 128, extensionBytes: 32)
    for side in [Transcript.Side.requests, .responses(.get), .responses(.head)] {
      let whole = transcript(side, limits, text) { _ in text.count }
      let pieces = transcript(side, limits, text) { step in 1 + (step &* 7 &+ Int(seed)) % 13 }
      precondition(whole == pieces, "how bytes are split does not change what they mean")
      let single = transcript(side, limits, text) { _ in 1 }
      precondition(whole == single, "how bytes are split does not change what they mean")
    }
    readValues(text)
  }

  private static func transcript(
    _ side: Transcript.Side, _ limits: HTTPLimits, _ text: [UInt8], piece: (Int) -> Int
  ) -> [UInt8] {
    var transcript = Transcript(side, limits: limits)
    // A slab that grows, so that bytes which have not come yet are not behind the view either.
    let slab = ByteSlab(capacity: 16)
    var step = 0
    while slab.count < text.count {
      let end = min(text.count, slab.count + piece(step))
      slab.append(Array(text[slab.count..<end]))
      transcript.read(unsafe ByteView(slab))
      step += 1
    }
    transcript.close()
    return transcript.text
  }

  private static func readValues(_ text: [UInt8]) {
    var encoded: [UInt8] = []
    PercentCoding.append(text, to: &encoded)
    let decoded = PercentCoding.decode(encoded, plusIsSpace: true)
    precondition(decoded == text, "decoding undoes encoding")
    if let type = MediaType(text) {
      let best = Negotiation.best(accept: text, offered: [type])
      precondition(best == nil || best == 0, "only what is offered is chosen")
    }
    let codings: [StaticString] = ["gzip", "identity"]
    let coding = Negotiation.best(acceptEncoding: text, offered: codings)
    precondition(coding.map(codings.indices.contains) != false, "only what is offered is chosen")
    do throws(HTTPFailure) {
      for field in try FormFields(text).all {
        precondition(field.name.count + field.value.count <= text.count, "decoding never grows")
      }
      _ = try PathSegments.decode(text)
    } catch {
      precondition(error.status == 400 && !error.closes, "a bad target costs no connection")
    }
  }
}
