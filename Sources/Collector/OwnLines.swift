internal import LinuxIO
internal import Serving
internal import Telemetry

/// Takes lines of our own making in as events: scores, and the calls of judges.
struct OwnLines: Sendable {
  /// Times that storing is tried, and milliseconds between.
  private static let tries = 5
  private static let pause: Int32 = 200
  private static let peer = Array("barograph".utf8)

  private let direct: DirectIntake

  /// Lines that go the way of all events, through `direct`.
  init(_ direct: DirectIntake) {
    self.direct = direct
  }

  /// Stores lines for the tenant of a key, waiting a little where the store takes nothing just now;
  /// whether they are stored.
  func store(_ lines: [UInt8], scope: UInt32) -> Bool {
    guard !lines.isEmpty else { return true }
    for attempt in 1...Self.tries {
      let batch = direct.takeIn(lines, peer: Self.peer, door: .own, scope: scope)
      if batch.outcome == .committed { return true }
      guard attempt < Self.tries else { break }
      do throws(Errno) {
        try Epoll().wait(into: EpollEvents(capacity: 1), milliseconds: Self.pause)
      } catch {
        break
      }
    }
    return false
  }
}
