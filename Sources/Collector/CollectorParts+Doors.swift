internal import Codec
internal import History
internal import LinuxIO
internal import Serving
internal import Telemetry

/// Opening: the data directory, the store, the listeners.
extension CollectorParts {
  /// The secrets of the data directory, made if need be; where they are lost that is logged.
  static func secrets(of directory: String, _ log: Log) throws(StartError) -> Installation {
    if let loss = Installation.loss(directory, store: Store.fileName) { log.write(.warning, loss) }
    return try Installation(directory: directory)
  }

  /// Makes the data directory if need be and locks it for this process.
  static func claim(_ directory: String) throws(StartError) -> LockFile {
    do throws(Errno) {
      try FileSystem.createDirectory(directory)
    } catch {
      throw StartError("cannot use the data directory \(directory): \(error.text)")
    }
    do throws(LockFile.Failure) {
      return try LockFile("\(directory)/lock")
    } catch {
      switch error {
      case .held(let holder):
        let who = holder.map { " (process \($0))" } ?? ""
        throw StartError(
          "cannot use the data directory \(directory): another barograph\(who) uses it; stop it, "
            + "or name another directory with --data")
      case .unusable(let cause):
        throw StartError("cannot lock the data directory \(directory): \(cause.text)")
      }
    }
  }

  static func openStore(
    _ configuration: Configuration, _ dimensions: DimensionTable, _ installation: Installation,
    _ log: Log
  ) throws(StartError) -> Store {
    var settings = StoreSettings()
    settings.durability = configuration.durability == .fsync ? .fsync : .commit
    settings.dedupWindow = configuration.dedupWindow.nanoseconds
    settings.dedupEntries = configuration.dedupEntries
    settings.walLimit = configuration.walLimit
    settings.breakdowns = configuration.breakdowns
    settings.retention = configuration.retention.policy
    settings.mostSeries = configuration.limits.series
    do throws(StoreError) {
      announceUpgrade("\(configuration.data)/\(Store.fileName)", log)
      let store = try Store.open(
        directory: configuration.data, settings: settings, dimensions: dimensions,
        identityKey: installation.identityKey, now: Clock.wall)
      if let setAside = store.setAside { log.write(.error, setAside.notice) }
      if let upgrade = store.upgrade, let copy = upgrade.copy {
        log.write(
          .info,
          "the store is upgraded to schema version \(upgrade.to); as it was, it is kept as \(copy)")
      }
      return store
    } catch {
      throw StartError("\(error)")
    }
  }

  /// Says that an older file is copied first, which takes its time where it is large.
  private static func announceUpgrade(_ path: String, _ log: Log) {
    guard FileSystem.exists(path) else { return }
    let upgrade: Upgrade
    do throws(StoreError) {
      upgrade = try Upgrade(of: path)
    } catch {
      // The store says what is wrong with the file, and what it does about it.
      return
    }
    guard let copy = upgrade.copy else { return }
    log.write(
      .info,
      "the store has \(upgrade.events) events in schema version \(upgrade.from): its "
        + "\(upgrade.bytes >> 20) MiB are copied to \(copy) before the upgrade to \(upgrade.to)")
  }

  /// Opens every listener and socket, one of each for every loop where the kernel can share a port.
  func openDoors() throws(StartError) {
    let listen = try address(of: configuration.listen)
    try probe(listen)
    try openListeners(listen)
    if let udp = configuration.udp { try openDatagrams(udp, listen) }
    try openAdministration()
  }

  private func openListeners(_ address: SocketAddress) throws(StartError) {
    let isUnix = address.path != nil
    var bound = address
    for (index, loop) in loops.enumerated() where !isUnix || index == 0 {
      do throws(Errno) {
        let listener = try Listener(bound, sharesPort: !isUnix)
        bound = listener.address
        try loop.serve(listener, Listening(bound))
      } catch {
        throw portError(bound, error)
      }
    }
    add(listening: bound.description)
  }

  /// With port 0 the datagrams take the port that the listener got.
  private func openDatagrams(
    _ configured: ConfigurationAddress, _ listen: SocketAddress
  ) throws(StartError) {
    var bound = try address(of: configured)
    do throws(Errno) {
      try DatagramSocket.probe(bound)
      for loop in loops {
        let socket = try DatagramSocket(binding: bound, sharesPort: true)
        bound = try socket.address()
        try loop.receive(socket)
      }
    } catch {
      throw portError(bound, error)
    }
    add(listening: "udp \(bound.description)")
  }

  /// Administration without keys goes through a socket that only the owner of the data can open.
  private func openAdministration() throws(StartError) {
    guard let loop = loops.first else { return }
    let address = SocketAddress.unix("\(configuration.data)/admin.sock")
    do throws(Errno) {
      let listener = try Listener(address)
      try loop.serve(listener, Listening(address, isPrivate: true))
    } catch {
      throw StartError("cannot open the administration socket: \(error.text)")
    }
  }

  private func address(of configured: ConfigurationAddress) throws(StartError) -> SocketAddress {
    do throws(SocketAddress.ParseError) {
      return try SocketAddress(configured.description)
    } catch {
      throw StartError("cannot listen on \(configured.description): \(error)")
    }
  }

  private func probe(_ address: SocketAddress) throws(StartError) {
    guard address.path == nil, address.port != 0 else { return }
    do throws(Errno) {
      try Listener.probe(address)
    } catch {
      throw portError(address, error)
    }
  }

  private func portError(_ address: SocketAddress, _ error: Errno) -> StartError {
    guard error == .addressInUse else {
      return StartError("cannot listen on \(address): \(error.text)")
    }
    return StartError(
      "cannot listen on \(address): the port is in use, perhaps by an OpenTelemetry collector or "
        + "another barograph; stop it, or choose another address with --listen HOST:PORT")
  }
}

extension Duration {
  /// Whole nanoseconds, at most what fits.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return isOver ? .max / 2 : product + attoseconds / 1_000_000_000
  }
}
