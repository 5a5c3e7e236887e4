import Glibc
import LinuxIO
import Synchronization
import Testing

struct WaitingTests {
  @Test func `a token comes back with what is ready`() throws {
    let pair = try streamPair()
    let epoll = try Epoll()
    let events = EpollEvents(capacity: 4)
    try epoll.add(pair.far.descriptor.raw, [.read, .peerClosed], token: .max)
    try epoll.wait(into: events, milliseconds: 0)
    #expect(events.count == 0)
    _ = try pair.near.descriptor.write([1])
    try epoll.wait(into: events, milliseconds: 5_000)
    #expect(events.count == 1)
    #expect(events[0].token == .max)
    #expect(events[0].ready == .read)
    try pair.near.descriptor.finishWriting()
    try epoll.wait(into: events, milliseconds: 5_000)
    #expect(events[0].ready == [.read, .peerClosed])
  }

  @Test func `interest can change and end`() throws {
    let pair = try streamPair()
    let epoll = try Epoll()
    let events = EpollEvents(capacity: 4)
    try epoll.add(pair.near.descriptor.raw, .read, token: 1)
    try epoll.modify(pair.near.descriptor.raw, [.read, .write], token: 2)
    try epoll.wait(into: events, milliseconds: 5_000)
    #expect(events.count == 1)
    #expect(events[0].token == 2)
    #expect(events[0].ready == .write)
    try epoll.remove(pair.near.descriptor.raw)
    try epoll.wait(into: events, milliseconds: 0)
    #expect(events.count == 0)
    var refusal: Errno?
    do { try epoll.remove(pair.near.descriptor.raw) } catch { refusal = error }
    #expect(refusal == .noEntry)
  }

  @Test func `signals before a drain melt into one`() throws {
    let notifier = try EventNotifier()
    var drained = [notifier.drain()]
    for _ in 0..<3 { notifier.signal() }
    drained.append(notifier.drain())
    drained.append(notifier.drain())
    #expect(drained == [false, true, false])
  }

  @Test func `a notifier wakes a waiting thread`() throws {
    let bell = try Bell()
    let thread = try Thread(name: "ringer") { bell.notifier.signal() }
    let epoll = try Epoll()
    let events = EpollEvents(capacity: 1)
    try epoll.add(bell.notifier.raw, .read, token: 5)
    try epoll.wait(into: events, milliseconds: 5_000)
    thread.join()
    #expect(events.count == 1)
    let isRung = bell.notifier.drain()
    #expect(isRung)
  }

  @Test func `a listener shared exclusively hands each connection to one taker`() throws {
    let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    let first = try Epoll()
    let second = try Epoll()
    try first.add(listener.raw, [.read, .exclusive], token: 1)
    try second.add(listener.raw, [.read, .exclusive], token: 2)
    let client = try FileDescriptor.connected(to: listener.address, milliseconds: 5_000)
    let events = EpollEvents(capacity: 1)
    try first.wait(into: events, milliseconds: 5_000)
    #expect(events.count == 1)
    var taken = 0
    while let connection = try listener.accept() {
      taken += 1
      try connection.take().close()
    }
    #expect(taken == 1)
    try client.close()
  }

  @Test func `a signal to the process becomes an event`() throws {
    // On a thread of its own, because the mask that holds the signal back belongs to a thread.
    let outcome = Outcome()
    let thread = try Thread(name: "signals") {
      outcome.record {
        let source = try SignalSource()
        let early = try source.next()
        #expect(early == nil)
        for signal in SignalSource.Signal.allCases {
          pthread_kill(pthread_self(), signal.rawValue)
          if let got = try source.next() { outcome.seen.withLock { $0.append(got) } }
        }
      }
    }
    thread.join()
    #expect(outcome.seen.withLock { $0 } == [.terminate, .interrupt, .hangUp])
  }

  @Test func `a thread carries its name`() throws {
    let outcome = Outcome()
    let thread = try Thread(name: "intake-0123456789", processor: 0) {
      outcome.record {
        let name = try FileSystem.read("/proc/thread-self/comm", limit: 64)
        outcome.name.withLock { $0 = String(decoding: name, as: UTF8.self) }
      }
    }
    thread.join()
    #expect(outcome.name.withLock { $0 } == "intake-01234567\n")
    #expect(Thread.availableProcessors >= 1)
  }

  @Test func `clocks agree with each other`() {
    let fine = Clock.wall
    let coarse = Clock.coarseWall
    #expect(abs(fine - coarse) < 1_000_000_000)
    let before = Clock.monotonic
    #expect(Clock.monotonic >= before)
    #expect(abs(Clock.coarseMonotonic - before) < 1_000_000_000)
    #expect(Clock.processCPU > 0)
    #expect(Clock.threadCPU > 0)
  }
}

/// A notifier that two threads can hold.
final class Bell: Sendable {
  let notifier: EventNotifier

  init() throws { notifier = try EventNotifier() }
}

/// What a thread of a test found out.
final class Outcome: Sendable {
  let seen = Mutex<[SignalSource.Signal]>([])
  let name = Mutex("")

  func record(_ body: () throws -> Void) {
    do { try body() } catch { Issue.record("\(error)") }
  }
}
