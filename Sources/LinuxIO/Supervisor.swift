/// The program that started this process and wants to hear of its state, such as systemd for a unit
/// of `Type=notify`. It is told by datagrams of lines to the socket that it names.
package struct Supervisor: Sendable {
  /// What it can be told.
  package enum State: Equatable, Sendable {
    /// It serves, or a reload is over; with words for people, which `systemctl status` shows.
    case ready(String)
    /// A reload has begun, which `ready` ends.
    case reloading
    /// It ends, and stores and answers what it has taken in.
    case stopping
  }

  private let address: SocketAddress

  /// The one that `NOTIFY_SOCKET` names, by a path or, after an `@`, by a name in the kernel's
  /// own space. Nothing where the variable is absent or names no socket of this machine.
  package init?(environment: [String: String]) {
    guard let name = environment["NOTIFY_SOCKET"], name.hasPrefix("/") || name.hasPrefix("@"),
      name.utf8.count > 1, name.utf8.count <= SocketAddress.pathLimit
    else { return nil }
    address = .unix(name.hasPrefix("@") ? "\0" + name.dropFirst() : name)
  }

  /// Tells it. Throws where nobody listens any more; gives false where the kernel has no room.
  @discardableResult
  package func tell(_ state: State) throws(Errno) -> Bool {
    try DatagramSocket(sendingTo: address).send(Array(Self.lines(state).utf8), to: address)
  }

  private static func lines(_ state: State) -> String {
    switch state {
    case .ready(let words):
      // A line end would begin another message.
      "READY=1\nSTATUS=\(words.split(whereSeparator: \.isNewline).joined(separator: " "))"
    case .reloading:
      // The time tells this reload from one that is over.
      "RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic / 1_000)"
    case .stopping:
      "STOPPING=1\nSTATUS=storing what came in"
    }
  }
}
