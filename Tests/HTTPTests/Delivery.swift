import Codec
import HTTP

/// What is understood of `text` when it comes in pieces that end at `ends` and at its end.
func transcript(
  _ text: [UInt8], of side: Transcript.Side = .requests, cutAt ends: [Int] = [],
  limits: HTTPLimits = HTTPLimits(), closes: Bool = false
) -> String {
  var transcript = Transcript(side, limits: limits)
  let slab = ByteSlab(capacity: 16)
  for end in ends + [text.count] {
    slab.append(Array(text[slab.count..<end]))
    transcript.read(unsafe ByteView(slab))
  }
  if closes { transcript.close() }
  return String(decoding: transcript.text, as: UTF8.self)
}

/// What is understood of `text` when each byte comes alone.
func transcriptByteByByte(
  _ text: [UInt8], of side: Transcript.Side = .requests, limits: HTTPLimits = HTTPLimits(),
  closes: Bool = false
) -> String {
  transcript(text, of: side, cutAt: Array(0..<text.count), limits: limits, closes: closes)
}

/// The answer to `text`, of which everything has come.
func answer(_ text: [UInt8], limits: HTTPLimits = HTTPLimits()) -> RequestParser.Answer {
  let slab = ByteSlab(capacity: text.count)
  slab.append(text)
  var parser = RequestParser(limits: limits)
  return parser.parse(unsafe ByteView(slab))
}

/// The failure of the request `text`, or nil when it has none.
func refusal(_ text: [UInt8], limits: HTTPLimits = HTTPLimits()) -> HTTPFailure? {
  guard case .failure(let failure) = answer(text, limits: limits) else { return nil }
  return failure
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
