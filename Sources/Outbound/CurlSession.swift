import CCurl
import HTTP

/// One of libcurl's handles and what is asked with it. Whoever has it is alone with it.
final class CurlSession {
  private let handle: CurlHandle

  /// A session; throws where the library is not installed. `need` is what it is needed for.
  init(for need: String) throws(ClientError) {
    guard let curl = CurlLibrary.installed, let handle = CurlHandle(curl) else {
      throw .missingLibrary(need)
    }
    self.handle = handle
  }

  /// Sends a request and reads all of the answer. Redirects are answers like others.
  func send(_ request: OutboundRequest, to url: OutboundURL) throws(ClientError) -> Response {
    handle.reset()
    handle.set(CCURL_URL, "\(url.scheme.rawValue)://\(url.authority)\(url.target)")
    // HTTP and HTTPS, whatever the library can do besides.
    prepare(
      protocols: 3, timeout: request.timeoutMilliseconds, authority: request.authorityFile,
      host: url.host)
    // CURL_HTTP_VERSION_1_1
    handle.set(CCURL_HTTP_VERSION, 2)
    if request.method == .head { handle.set(CCURL_NOBODY, 1) }
    handle.set(CCURL_CUSTOMREQUEST, "\(request.method.name)")
    // Without this the library waits for leave to send a long body.
    var headers = ["Expect:"]
    for header in request.headers {
      // An empty value is written with a semicolon, a colon alone would remove the header.
      headers.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    let answer = CurlAnswer(limit: request.bodyLimit)
    answer.isAbandoned = request.isAbandoned
    let source = request.body.map { CurlSource(.post, $0) }
    let code = handle.perform(
      listOption: CCURL_HTTPHEADER, headers, sending: source, into: answer)
    guard code == 0 else { throw failure(code, answer, host: url.host) }
    // The library takes the end of the connection for that of the head.
    guard answer.head.suffix(4).elementsEqual("\r\n\r\n".utf8) else {
      throw .transport(.reset, host: url.host, detail: "the connection ended within the answer")
    }
    let lines = answer.head.split(separator: UInt8(ascii: "\n")).dropFirst()
    return Response(
      status: handle.responseCode,
      headers: Response.Header.all(in: Array(lines.joined(separator: [UInt8(ascii: "\n")]))),
      body: answer.body)
  }

  /// Hands a mail over. What the server says is the response: its last reply's code and text.
  func send(_ mail: OutboundMail) throws(ClientError) -> Response {
    handle.reset()
    let scheme = mail.encryption == .tls ? "smtps" : "smtp"
    let host = mail.host.contains(":") ? "[\(mail.host)]" : mail.host
    handle.set(CCURL_URL, "\(scheme)://\(host):\(mail.port)/\(mail.hello)")
    prepare(
      protocols: 3 << 16, timeout: mail.timeoutMilliseconds, authority: mail.authorityFile,
      host: mail.host)
    // CURLUSESSL_ALL: no encryption, no mail.
    if mail.encryption == .starttls { handle.set(CCURL_USE_SSL, 3) }
    // The library says farewell after the time is over and waits two minutes for an answer, unless
    // told otherwise; whole seconds only.
    handle.set(CCURL_RESPONSE_TIMEOUT, Int((max(1, mail.timeoutMilliseconds) + 999) / 1_000))
    // A mail now and then is no reason to stay connected.
    handle.set(CCURL_FORBID_REUSE, 1)
    if let username = mail.username {
      handle.set(CCURL_USERNAME, username)
      handle.set(CCURL_PASSWORD, mail.password)
    }
    handle.set(CCURL_MAIL_FROM, mail.from)
    let answer = CurlAnswer(limit: 1 << 20)
    let result = handle.perform(
      listOption: CCURL_MAIL_RCPT, mail.to, sending: CurlSource(.upload, mail.message),
      into: answer)
    let reply = handle.responseCode
    // A refusal is an answer, however the library calls it.
    guard result == 0 || reply >= 400 else { throw failure(result, answer, host: mail.host) }
    // The last line may be the farewell.
    let code = Array("\(reply)".utf8)
    let last = answer.head.split(separator: UInt8(ascii: "\n")).last { $0.starts(with: code) } ?? []
    return Response(
      status: reply, headers: [], body: Array(last.prefix { $0 != UInt8(ascii: "\r") }))
  }

  private func prepare(protocols: Int, timeout: Int64, authority: String, host: String) {
    handle.set(CCURL_PROTOCOLS, protocols)
    handle.set(CCURL_FOLLOWLOCATION, 0)
    handle.set(CCURL_TIMEOUT_MS, Int(max(1, timeout)))
    handle.set(CCURL_CONNECTTIMEOUT_MS, Int(max(1, timeout)))
    if !authority.isEmpty { handle.set(CCURL_CAINFO, authority) }
    // A proxy of the environment is heeded, but none can reach this machine's own loopback.
    if OutboundMail.isLoopback(host) { handle.set(CCURL_NOPROXY, "*") }
  }

  private func failure(_ code: Int32, _ answer: CurlAnswer, host: String) -> ClientError {
    .transport(
      answer.isTooLong ? .tooLong : TransportFault(code), host: host,
      detail: handle.reason(of: code))
  }
}

extension OutboundMail {
  /// Whether a host is this machine, so that nobody can listen on the way.
  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1"
      || host.hasPrefix("127.")
        && host.allSatisfy {
          $0.isNumber || $0 == "."
        }
  }
}

extension TransportFault {
  /// What one of libcurl's codes means.
  init(_ code: Int32) {
    self =
      switch code {
      case 5, 6: .unresolved
      case 7: .refused
      // 42: nobody wants the answer any more.
      case 28, 42: .timeout
      case 18, 52, 55, 56: .reset
      case 35: .handshake
      case 60, 51: .certificate
      case 77: .authority
      case 67: .login
      case 64: .unencrypted
      default: .other
      }
  }
}
