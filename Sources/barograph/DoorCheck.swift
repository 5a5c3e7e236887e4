internal import LinuxIO

/// Whether an address could be listened on.
enum DoorCheck {
  /// What keeps a collector from listening at the address that `key` of the configuration gives;
  /// nothing for a socket in the file system and for a port that the system chooses.
  static func findings(
    _ key: String, _ text: String, _ probe: (SocketAddress) throws(Errno) -> Void
  ) -> [InstallationFinding] {
    let address: SocketAddress
    do throws(SocketAddress.ParseError) {
      address = try SocketAddress(text)
    } catch {
      return [.problem(key, "\(error)", do: "write a numeric address, or localhost, in `\(key)`")]
    }
    guard let port = address.port, port != 0 else { return [] }
    do throws(Errno) {
      try probe(address)
      return []
    } catch {
      return [finding(error, key, text, port)]
    }
  }

  private static func finding(
    _ cause: Errno, _ key: String, _ address: String, _ port: UInt16
  ) -> InstallationFinding {
    switch cause {
    case .addressInUse:
      .problem(
        key, "\(address): another program has the port",
        do: "`ss -lpn 'sport = :\(port)'` as root names who has it, perhaps an OpenTelemetry"
          + " collector; stop that, or choose another address with `\(key)`")
    case .addressNotHere:
      .problem(
        key, "\(address) is no address of this machine",
        do: "choose one that `ip addr` lists with `\(key)`, or 0.0.0.0 for all of them")
    case .accessDenied:
      .problem(
        key, "\(address): only root may listen on so low a port",
        do: "choose one from 1024 on with `\(key)`, and let a proxy listen on \(port)")
    default:
      .problem(key, "\(address): \(cause.text)", do: "choose another address with `\(key)`")
    }
  }
}
