internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// The collector that a client command talks to.
struct CollectorConnection {
  static let standard = "http://127.0.0.1:4318"

  let url: String
  /// What lets us in; nil where nothing was given.
  let key: Secret?
  let client: HTTPClient

  /// The collector of `--url`, of `BAROGRAPH_URL`, or the usual one, or the one at `url`; nil, and
  /// a complaint, when the address or the key is no good.
  init?(_ arguments: Arguments, url: String? = nil) {
    self.url =
      url ?? arguments["--url"] ?? Environment.current()["BAROGRAPH_URL"] ?? Self.standard
    do throws(KeyText.Failure) {
      key = try KeyText.given(arguments)
    } catch {
      Console.complain(error.message)
      return nil
    }
    do throws(ClientError) {
      client = try HTTPClient(url: self.url, key: key)
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }

  /// Whether the collector is on this machine.
  var isLocal: Bool {
    let address = client.endpoint.address
    return address.path != nil || address.host == "::1" || address.host.hasPrefix("127.")
  }

  /// Another client of the same collector.
  func client(_ limits: HTTPClient.Limits) throws(ClientError) -> HTTPClient {
    try HTTPClient(url: url, key: key, limits: limits)
  }

  /// What an answer's error body says, or its status.
  static func message(of answer: Response) -> String {
    message(of: answer.body, status: answer.status)
  }

  /// What an error body says, or the status.
  static func message(of body: [UInt8], status: Int) -> String {
    let error = ConfigNode.answer(body)?["error"]
    guard let message = error?["message"]?.text else { return "the collector answered \(status)" }
    let hint = error?["hint"]?.text ?? ""
    return hint.isEmpty ? message : "\(message) (\(hint))"
  }
}

/// The key that a command brings: of `--key-file`, else of the variable `BAROGRAPH_KEY`.
enum KeyText {
  /// Why there is none.
  struct Failure: Error {
    let message: String
  }

  private static let variable = "BAROGRAPH_KEY"
  private static let limit = 4 << 10

  /// The key; nil where none was given.
  static func given(_ arguments: Arguments) throws(Failure) -> Secret? {
    guard let path = arguments["--key-file"] else {
      let text = Environment.current()[variable] ?? ""
      return text.isEmpty ? nil : try secret(text, "the variable \(variable)")
    }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: limit)
    } catch {
      throw Failure(message: "cannot read the key in \(path): \(error.text)")
    }
    return try secret(String(decoding: bytes, as: UTF8.self), path)
  }

  /// One word without what surrounds it, since it goes into a header.
  private static func secret(_ text: String, _ place: String) throws(Failure) -> Secret {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Failure(message: "cannot use the key in \(place): expected one word of visible letters")
    }
    return Secret(String(words[0]))
  }
}
