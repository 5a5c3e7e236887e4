internal import Codec
internal import HTTP
internal import LinuxIO

extension EventLoop {
  /// Bytes read at once.
  private static let readSize = 64 << 10
  /// Connections accepted between two looks at the others.
  private static let acceptBatch = 64

  func connection(_ token: UInt64) -> Connection? {
    let slot = Int(token & 0xFFFF_FFFF)
    guard slot < connections.count, let connection = connections[slot],
      connection.token == token
    else { return nil }
    return connection
  }

  func acceptAll(_ index: Int) {
    guard index < listeners.count else { return }
    for _ in 0..<Self.acceptBatch {
      do throws(Errno) {
        guard let accepted = try listeners[index].listener.accept() else { return }
        let peer = accepted.peer.host
        try admit(accepted.take(), peer, listeners[index].listening)
      } catch {
        shared.log(ServingNote("cannot accept a connection: \(error)", isError: true))
        return
      }
    }
  }

  private func admit(
    _ descriptor: consuming FileDescriptor, _ peer: String, _ listening: Listening
  ) throws(Errno) {
    let slot = freeSlots.popLast() ?? connections.count
    if slot == connections.count { connections.append(nil) }
    generation = (generation + 1) & 0x0FFF_FFFF
    let connection = Connection(
      descriptor: descriptor, token: generation << 32 | UInt64(slot), peer: peer,
      listening: listening, limits: HTTPLimits(headerBytes: settings.head),
      now: Clock.coarseMonotonic)
    connections[slot] = connection
    connectionCount += 1
    try epoll.add(connection.descriptor.raw, .read, token: connection.token)
    if connectionCount > connectionLimit {
      limits.count(.connections)
      fail(
        connection,
        ErrorBody(503, "too_many_connections", "too many connections are open", retryAfter: 1))
    }
  }

  func close(_ connection: Connection) {
    let slot = Int(connection.token & 0xFFFF_FFFF)
    guard connections[slot] === connection else { return }
    if case .streaming(let sink) = connection.phase { sink.close() }
    if let request = connection.request {
      request.cancellation.cancel()
      shared.memory.release(request.reserved)
    }
    connection.request = nil
    connections[slot] = nil
    freeSlots.append(slot)
    connectionCount -= 1
  }

  /// Takes what came; reads on while whole requests follow each other.
  func readable(_ connection: Connection) {
    do throws(Errno) {
      // All connections share the room to read into: slow ones hold only what they sent.
      let room = unsafe arrivals.room(Self.readSize)
      switch unsafe try connection.descriptor.read(into: room) {
      case .bytes(let count):
        unsafe connection.input.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
        connection.lastActive = Clock.coarseMonotonic
        advance(connection)
      case .wouldBlock: break
      case .end: ended(connection)
      }
    } catch {
      close(connection)
    }
  }

  /// The client sends no more. What it asked for is still answered, where that does not take long;
  /// half a request is not. One that only closed its half cannot be told from one that is gone.
  private func ended(_ connection: Connection) {
    switch connection.phase {
    case .waiting:
      connection.request?.closes = true
      connection.request?.cancellation.cancel()
      watch(connection, [])
    case .ending where connection.sent < connection.output.count:
      watch(connection, .write)
    default: close(connection)
    }
  }

  /// Moves the connection on with the bytes that are there.
  func advance(_ connection: Connection) {
    // An answer that is ready at once must not call this again from inside.
    guard !connection.isAdvancing else { return }
    connection.isAdvancing = true
    defer { connection.isAdvancing = false }
    while true {
      switch connection.phase {
      case .head:
        guard readHead(connection) else { return }
      case .body:
        guard readBody(connection) else { return }
      case .waiting, .streaming:
        // A client may send the next requests at once; beyond this much it has to wait.
        if connection.input.count > settings.head { watch(connection, []) }
        return
      case .ending:
        connection.input.truncate(to: 0)
        return
      }
    }
  }

  /// Sends what waits; watches for room only while there is none.
  func flush(_ connection: Connection) {
    do throws(Errno) {
      while connection.sent < connection.output.count {
        switch try connection.descriptor.write(connection.output, from: connection.sent) {
        case .bytes(let count):
          connection.sent += count
          connection.lastActive = Clock.coarseMonotonic
        case .wouldBlock, .end:
          watch(connection, [.write])
          return
        }
      }
    } catch {
      close(connection)
      return
    }
    connection.output.removeAll(keepingCapacity: connection.output.capacity <= 64 << 10)
    connection.sent = 0
    if case .ending = connection.phase {
      finish(connection)
    } else if connection.interest != .read {
      watch(connection, .read)
    }
  }

  /// Ends our side first and lets the client read the answer; it is dropped when it closes or at
  /// the next sweep after the idle time.
  private func finish(_ connection: Connection) {
    do throws(Errno) {
      try connection.descriptor.finishWriting()
      watch(connection, .read)
      if connection.request == nil && connection.input.count == 0 { drainAndClose(connection) }
    } catch {
      close(connection)
    }
  }

  private func drainAndClose(_ connection: Connection) {
    do throws(Errno) {
      // A client that sent all it had to is gone at once.
      let room = unsafe arrivals.room(Self.readSize)
      if case .end = unsafe try connection.descriptor.read(into: room) { close(connection) }
    } catch {
      close(connection)
    }
  }

  func watch(_ connection: Connection, _ interest: Epoll.Interest) {
    guard connection.interest != interest else { return }
    connection.interest = interest
    do throws(Errno) {
      try epoll.modify(connection.descriptor.raw, interest, token: connection.token)
    } catch {
      close(connection)
    }
  }
}
