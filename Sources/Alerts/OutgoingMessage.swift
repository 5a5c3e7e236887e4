package import Codec

/// A message in the form its receiver's service reads, ready to be sent.
package enum OutgoingMessage: Equatable, Sendable {
  case request(MessageRequest)
  case mail(MailMessage)
  /// A line of JSON for the collector's own log, without its end.
  case line([UInt8])
}

/// An HTTP request; always a POST of text.
package struct MessageRequest: Equatable, Sendable {
  /// The whole URL.
  package let url: Secret
  /// Names in the form they are sent in; values may be secret.
  package let headers: [ReceiverSettings.Header]
  package let body: [UInt8]
  /// What the service tells in answers that look like success.
  package let answer: Answer

  /// How an answer is to be read.
  package enum Answer: Equatable, Sendable {
    /// The status says it all.
    case status
    /// JSON with `ok` false is a failure.
    case slack
    /// A text that speaks of an error is one.
    case teams
  }
}

/// A mail with all its headers, and whom the server is to bring it to.
package struct MailMessage: Equatable, Sendable {
  package let from: MailAddress
  package let to: [MailAddress]
  /// Lines end with CR LF and are at most 998 bytes; those that begin with a dot are as they are.
  package let bytes: [UInt8]
}
