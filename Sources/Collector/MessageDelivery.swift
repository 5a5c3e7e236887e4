package import Alerts
internal import Codec
internal import HTTP
internal import LinuxIO
package import Outbound

/// Delivers notifications to one receiver: makes the message, sends it, and tells what became of it
/// in words that hold none of the receiver's secrets. It blocks its thread up to the receiver's
/// timeout, keeps no count and can be used by any thread.
package struct MessageDelivery: Sendable {
  package let settings: ReceiverSettings
  private let rendering: MessageRendering
  private let client: OutboundClient
  private let log: @Sendable ([UInt8]) -> Void

  /// A delivery to a receiver whose secrets are known. `log` writes lines of JSON, without ends,
  /// for receivers of the kind `log`.
  package init(
    to settings: ReceiverSettings, externalURL: String, client: OutboundClient,
    log: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.settings = settings
    self.client = client
    self.log = log
    rendering = MessageRendering(
      settings, externalURL: externalURL, agent: "Barograph/\(Version.text)")
  }

  /// Tries once at `now`, in milliseconds since 1970. What the receiver is not told of counts as
  /// delivered.
  package func deliver(_ notification: Notification, at now: Int64) -> DeliveryOutcome {
    do throws(MessageError) {
      guard let message = try rendering.message(notification, at: now) else { return .done }
      return cleaned(send(message, now / 1_000))
    } catch {
      return cleaned(.permanent(cause: error.description))
    }
  }

  /// What the receiver would be sent at `now`: a request's body, a mail or a line of the log; nil
  /// for what it is not told, and for what cannot be made.
  package func text(of notification: Notification, at now: Int64) -> [UInt8]? {
    do throws(MessageError) {
      switch try rendering.message(notification, at: now) {
      case .request(let request): return request.body
      case .mail(let mail): return mail.bytes
      case .line(let line): return line
      case nil: return nil
      }
    } catch {
      return nil
    }
  }

  /// How a queue for this receiver is to behave.
  package var limits: DeliveryQueue.Limits {
    let backoff = Backoff(
      tries: settings.tries, totalMilliseconds: settings.patienceMilliseconds)
    return DeliveryQueue.Limits(
      length: settings.queueLimit, backoff: backoff, gap: settings.kind.gapMilliseconds)
  }

  /// Why nothing can be sent to this receiver from this machine; nil when something can.
  package var lack: String? {
    switch settings.kind {
    case .log: return nil
    case .mail:
      return OutboundClient.hasLibrary ? nil : ClientError.missingLibrary("SMTP").description
    case .webhook(let settings): return Self.lack(settings.url)
    case .slack(let settings): return Self.lack(settings.url)
    case .pagerDuty(let settings): return Self.lack(settings.url)
    case .alertmanager(let settings): return Self.lack(settings.url)
    case .opsgenie(let settings): return Self.lack(settings.url)
    case .teams(let url): return Self.lack(url)
    }
  }

  private static func lack(_ url: Secret) -> String? {
    OutboundClient.lack(for: url.revealed)?.description
  }

  private func send(_ message: OutgoingMessage, _ now: Int64) -> DeliveryOutcome {
    switch message {
    case .line(let line):
      log(line)
      return .done
    case .request(let request):
      switch client.send(outbound(request)) {
      case .success(let answer):
        let rule: DeliveryOutcome.AnswerRule =
          switch request.answer {
          case .status: .status
          case .slack: .slack
          case .teams: .teams
          }
        return DeliveryOutcome(answer: answer, by: rule, now: now)
      case .failure(let error): return DeliveryOutcome(error)
      }
    case .mail(let mail):
      guard case .mail(let server) = settings.kind else {
        preconditionFailure("mails are made for mail receivers")
      }
      switch client.send(outbound(mail, server)) {
      case .success(let reply): return DeliveryOutcome(mailReply: reply)
      case .failure(let error): return DeliveryOutcome(error)
      }
    }
  }

  private func outbound(_ request: MessageRequest) -> OutboundRequest {
    OutboundRequest(
      url: request.url.revealed,
      headers: request.headers.map { OutboundRequest.Header($0.name, $0.value.revealed) },
      body: request.body, timeoutMilliseconds: settings.timeoutMilliseconds,
      authorityFile: settings.authorityFile)
  }

  private func outbound(_ mail: MailMessage, _ server: MailSettings) -> OutboundMail {
    let encryption: OutboundMail.Encryption =
      switch server.encryption {
      case .starttls: .starttls
      case .tls: .tls
      case .none: .none
      }
    var outbound = OutboundMail(
      host: server.host, port: server.port, encryption: encryption, hello: server.hello,
      from: mail.from.address, to: mail.to.map(\.address), message: mail.bytes,
      timeoutMilliseconds: settings.timeoutMilliseconds)
    outbound.username = server.username
    outbound.password = server.password?.revealed ?? ""
    outbound.authorityFile = settings.authorityFile
    return outbound
  }

  /// The outcome without secrets, which a service may have repeated.
  private func cleaned(_ outcome: DeliveryOutcome) -> DeliveryOutcome {
    func clean(_ cause: String) -> String {
      settings.secrets.reduce(cause) { $1.hidden(in: $0) }
    }
    switch outcome {
    case .done: return .done
    case .retry(let after, let cause): return .retry(after: after, cause: clean(cause))
    case .permanent(let cause): return .permanent(cause: clean(cause))
    }
  }
}
