internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// The collector that a client command talks to.
struct CollectorConnection {
  static let standard = "http://127.0.0.1:4318"

  let url: String
  let client: HTTPClient

  /// The collector of `--url`, of `BAROGRAPH_URL`, or the usual one; nil, and a complaint, when the
  /// address is no good.
  init?(_ arguments: Arguments) {
    self.init(url: arguments["--url"] ?? Environment.current()["BAROGRAPH_URL"] ?? Self.standard)
  }

  /// The collector at an address; nil, and a complaint, when the address is no good.
  init?(url: String) {
    self.url = url
    do throws(ClientError) {
      client = try HTTPClient(url: url)
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

  /// What an answer's error body says, or its status.
  static func message(of answer: Response) -> String {
    message(of: answer.body, status: answer.status)
  }

  /// What an error body says, or the status.
  static func message(of body: [UInt8], status: Int) -> String {
    let fallback = "the collector answered \(status)"
    do throws(ConfigSyntaxError) {
      let error = try ConfigReader.read(body).first?["error"]
      guard let message = error?["message"]?.text else { return fallback }
      let hint = error?["hint"]?.text ?? ""
      return hint.isEmpty ? message : "\(message) (\(hint))"
    } catch {
      return fallback
    }
  }
}
