internal import Alerts
internal import Codec
internal import LinuxIO
internal import Outbound

/// One try to bring a message to a receiver.
struct Delivery {
  private let rendering: MessageRendering
  private let client: OutboundClient
  private let log: Log

  /// Tries for the receiver that `rendering` is for.
  init(_ rendering: MessageRendering, _ client: OutboundClient, _ log: Log) {
    (self.rendering, self.client, self.log) = (rendering, client, log)
  }

  /// Sends the message and says what became of it.
  func deliver(_ notification: Notification) -> DeliveryOutcome {
    do throws(MessageError) {
      switch try rendering.message(notification, at: Clock.wall / 1_000_000) {
      // Nothing this receiver wants to hear.
      case nil: return .done
      case .line(let line):
        let isFiring = notification.isFiring
        log.write(
          isFiring ? .warning : .notice, isFiring ? "alerts fire" : "alerts are over",
          ["notification": String(decoding: line, as: UTF8.self)])
        return .done
      case .request(let request): return send(request)
      case .mail(let mail): return send(mail)
      }
    } catch {
      return .permanent(cause: error.description)
    }
  }

  private func send(_ message: MessageRequest) -> DeliveryOutcome {
    let request = OutboundRequest(
      url: message.url.revealed,
      headers: message.headers.map { OutboundRequest.Header($0.name, $0.value.revealed) },
      body: message.body, timeoutMilliseconds: rendering.settings.timeoutMilliseconds,
      bodyLimit: 64 << 10, authorityFile: rendering.settings.authorityFile)
    switch client.send(request) {
    case .failure(let error): return DeliveryOutcome(error)
    case .success(let answer):
      return DeliveryOutcome(
        answer: answer, by: DeliveryOutcome.AnswerRule(message.answer),
        now: Clock.wall / 1_000_000_000)
    }
  }

  private func send(_ message: MailMessage) -> DeliveryOutcome {
    guard case .mail(let settings) = rendering.settings.kind else {
      preconditionFailure("a mail is made for a mail server")
    }
    var mail = OutboundMail(
      host: settings.host, port: settings.port, encryption: settings.encryption.asOutbound,
      from: message.from.address, to: message.to.map(\.address), message: message.bytes)
    mail.hello = settings.hello
    mail.username = settings.username
    mail.password = settings.password?.revealed ?? ""
    mail.timeoutMilliseconds = max(rendering.settings.timeoutMilliseconds, 30_000)
    mail.authorityFile = rendering.settings.authorityFile
    switch client.send(mail) {
    case .failure(let error): return DeliveryOutcome(error)
    case .success(let reply): return DeliveryOutcome(mailReply: reply)
    }
  }
}

extension DeliveryOutcome.AnswerRule {
  fileprivate init(_ rule: MessageRequest.Answer) {
    self =
      switch rule {
      case .status: .status
      case .slack: .slack
      case .teams: .teams
      }
  }
}

extension MailSettings.Encryption {
  fileprivate var asOutbound: OutboundMail.Encryption {
    switch self {
    case .starttls: .starttls
    case .tls: .tls
    case .none: .none
    }
  }
}
