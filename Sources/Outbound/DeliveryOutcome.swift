internal import Codec

/// What became of one try to deliver a message.
package enum DeliveryOutcome: Equatable, Sendable {
  case done
  /// It may work later; after so many seconds, where the service said so.
  case retry(after: Int64?, cause: String)
  /// It will not work, however often it is tried.
  case permanent(cause: String)

  /// How a service tells of failures inside an answer with a status of success.
  package enum AnswerRule: Sendable {
    /// It does not.
    case status
    /// JSON with `ok` false and the word of the error.
    case slack
    /// A text that speaks of an error.
    case teams
  }

  /// The class of an HTTP answer at the time `now`, in seconds since 1970.
  package init(answer: Response, by rule: AnswerRule, now: Int64) {
    let said = Self.words(of: answer.body)
    let cause = "answered \(answer.status)" + (said.isEmpty ? "" : ": \(said)")
    switch answer.status {
    case 200..<300:
      self = Self.hidden(in: answer, by: rule, now: now) ?? .done
    case 408, 425, 429, 500...599:
      self = .retry(after: answer.retryAfter(now: now), cause: cause)
    default: self = .permanent(cause: cause)
    }
  }

  /// The class of a mail server's last reply.
  package init(mailReply reply: Response) {
    let cause = "answered \(Self.words(of: reply.body))"
    switch reply.status {
    case 200..<300: self = .done
    case 500..<600: self = .permanent(cause: cause)
    default: self = .retry(after: nil, cause: cause)
    }
  }

  /// The class of a request or mail that got no answer.
  package init(_ error: ClientError) {
    self =
      error.isTemporary
      ? .retry(after: nil, cause: error.description) : .permanent(cause: error.description)
  }

  private static func hidden(
    in answer: Response, by rule: AnswerRule, now: Int64
  ) -> DeliveryOutcome? {
    let text = words(of: answer.body)
    switch rule {
    case .status: return nil
    case .slack:
      // The words of an object are enough: Slack's own webhooks answer `ok`.
      let packed = text.filter { $0 != " " }
      guard packed.hasPrefix("{"), packed.contains("\"ok\":false") else { return nil }
      let passing = ["ratelimited", "rate_limited", "internal_error", "fatal_error", "timeout"]
      let isPassing = passing.contains { packed.contains("\"error\":\"\($0)") }
      let cause = "answered \(answer.status): \(text)"
      return isPassing
        ? .retry(after: answer.retryAfter(now: now), cause: cause) : .permanent(cause: cause)
    case .teams:
      let lower = text.lowercased()
      guard lower.contains("error") || lower.contains("throttl") else { return nil }
      let cause = "answered \(answer.status): \(text)"
      let isOurs = ["http error 400", "http error 403", "http error 404", "http error 413"]
        .contains { lower.contains($0) }
      return isOurs
        ? .permanent(cause: cause) : .retry(after: answer.retryAfter(now: now), cause: cause)
    }
  }

  /// The beginning of a body as one line of visible text.
  private static func words(of body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    var line = ""
    for scalar in text.unicodeScalars {
      let isVisible = scalar.properties.generalCategory != .control
      line.unicodeScalars.append(isVisible ? scalar : " ")
    }
    return line.split(separator: " ").joined(separator: " ")
  }
}
