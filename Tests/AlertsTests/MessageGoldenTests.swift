import Alerts
import Codec
import TestSupport
import Testing

/// Each receiver's message in each state is a file. Where they are meant to change, write them anew
/// with `BAROGRAPH_GOLDEN=write swift test --filter MessageGoldenTests` and read the difference.
@Suite struct MessageGoldenTests {
  @Test(arguments: MessageScene.receivers)
  func `messages are those of the files`(settings: ReceiverSettings) throws {
    let rendering = MessageScene.rendering(settings)
    for state in MessageScene.states {
      let message = try rendering.message(state.notification, at: state.notification.time + 250)
      let name = "notifications/\(settings.kind.name)-\(state.name).txt"
      let text = MessageScene.text(of: message)
      let known = Fixtures.golden(name, text)
      #expect(
        String(decoding: text, as: UTF8.self) == String(decoding: known, as: UTF8.self), "\(name)")
    }
  }

  @Test(arguments: MessageScene.receivers)
  func `a second try sends the same but for what follows the time`(
    settings: ReceiverSettings
  ) throws {
    let rendering = MessageScene.rendering(settings)
    let notification = MessageScene.notification()
    let first = try rendering.message(notification, at: notification.time)
    let second = try rendering.message(notification, at: notification.time + 60_000)
    switch (first, second) {
    case (.request(let first), .request(let second)):
      if case .alertmanager = settings.kind { break }
      #expect(first.body == second.body)
      #expect(first.url == second.url)
    default: #expect(first == second)
    }
  }

  @Test(arguments: MessageScene.receivers)
  func `who is not told of ends hears only of alerts that fire`(settings: ReceiverSettings) throws {
    var settings = settings
    settings.sendsResolved = false
    let rendering = MessageScene.rendering(settings)
    for state in MessageScene.states {
      let message = try rendering.message(state.notification, at: state.notification.time)
      let text = String(decoding: MessageScene.text(of: message), as: UTF8.self)
      #expect(!text.lowercased().contains("status\":\"resolved"), "\(state.name)")
      if state.name == "resolved" { #expect(message == nil) }
    }
  }

  @Test(arguments: MessageScene.receivers)
  func `of payloads and secrets nothing is told`(settings: ReceiverSettings) {
    let printed = "\(settings) \(String(reflecting: settings))"
    for secret in settings.secrets {
      #expect(!printed.contains(secret.revealed), "\(settings.kind.name)")
    }
  }
}
