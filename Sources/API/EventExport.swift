package import History
package import LinuxIO
internal import Serving
internal import Synchronization

/// Sends whole lists of events as NDJSON or CSV, newest received first, on a thread of its own: a
/// few rows at a time, as fast as each client takes them, so that nothing piles up and no snapshot
/// of the store is held.
package final class EventExport: Sendable {
  /// What is sent, and how its rows are written.
  struct Order: Sendable {
    let filter: EventFilter
    /// The members that rows have; nil for all.
    let fields: EventFields?
    let format: Format
    /// Only rows below this id, and at most so many.
    let cursor: Int64
    let limit: Int
  }

  /// How rows are written.
  enum Format: String, CaseIterable, Sendable {
    case ndjson, csv

    var contentType: String {
      self == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson"
    }
  }

  private struct Job: Sendable {
    let order: Order
    let table: EventCSV?
    let scope: TenantScope
    let sink: StreamSink
    /// Only rows below this id are still to be sent; nil when all were read.
    var cursor: Int64?
    /// How many rows may still be sent.
    var left: Int
    /// What was read and not sent yet.
    var waiting: ArraySlice<UInt8> = []
    var rows = 64
  }

  private struct State {
    var jobs: [Job] = []
    var isClosed = false
  }

  /// Bytes of one message.
  private static let message = 128 << 10
  /// Bytes that one step should read, and the rows it may.
  private static let stepBytes = 512 << 10
  private static let stepRows = 4...1_000
  /// ns that one step may look for rows that match.
  private static let patience: Int64 = 200_000_000
  private static let pause: Int32 = 1_000

  private let pool: ReadPool
  private let state = Mutex(State())
  private let bell: EventNotifier
  private let thread = Mutex<LinuxIO.Thread?>(nil)

  /// Exports of what is stored in the file of `pool`.
  package init(_ pool: ReadPool) throws(Errno) {
    self.pool = pool
    bell = try EventNotifier()
    let thread = try LinuxIO.Thread(name: "export") { [self] in run() }
    self.thread.withLock { $0 = thread }
  }

  /// Ends the thread; what is under way breaks off.
  package func close() {
    state.withLock { $0.isClosed = true }
    bell.signal()
    thread.withLock { $0 }?.join()
  }

  /// Sends what is ordered and lies in `scope` to `sink`.
  func send(_ order: Order, in scope: TenantScope, to sink: StreamSink) {
    let table =
      order.format == .csv ? EventCSV(order.fields?.names ?? EventReader.fieldNames) : nil
    var job = Job(
      order: order, table: table, scope: scope, sink: sink, cursor: order.cursor,
      left: order.limit)
    if let table { job.waiting = table.header[...] }
    sink.onDrain { [self] in bell.signal() }
    let isClosed = state.withLock { state in
      if !state.isClosed { state.jobs.append(job) }
      return state.isClosed
    }
    if isClosed { sink.close(isBroken: true) }
    bell.signal()
  }

  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while !state.withLock({ $0.isClosed }) {
        try epoll.wait(into: events, milliseconds: Self.pause)
        _ = bell.drain()
        while advance() {}
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
    for job in state.withLock({ $0.jobs }) { job.sink.close(isBroken: true) }
  }

  /// Lets each job send a little; whether any could send more at once.
  private func advance() -> Bool {
    var jobs = state.withLock { state in
      defer { state.jobs.removeAll() }
      return state.isClosed ? [] : state.jobs
    }
    var canSendMore = false
    for index in jobs.indices {
      if step(&jobs[index]) { canSendMore = true }
    }
    jobs.removeAll { $0.sink.isClosed }
    state.withLock { $0.jobs += jobs }
    return canSendMore
  }

  private func step(_ job: inout Job) -> Bool {
    guard !job.sink.isClosed, job.sink.hasRoom else { return false }
    if job.waiting.isEmpty {
      guard job.cursor != nil, job.left > 0 else {
        job.sink.close()
        return false
      }
      read(&job)
    }
    let part = job.waiting.prefix(Self.message)
    if !part.isEmpty { _ = job.sink.send(Array(part)) }
    job.waiting = job.waiting.dropFirst(part.count)
    return true
  }

  private func read(_ job: inout Job) {
    let (order, cursor, rows) = (job.order, job.cursor ?? 0, min(job.rows, job.left))
    let page = pool.read(job.scope) { reader in
      do throws(StoreError) {
        return try reader.page(
          order.filter, fields: order.fields, below: cursor, limit: rows,
          deadline: Clock.coarseMonotonic + Self.patience) as EventReader.Page?
      } catch {
        return nil
      }
    } orElse: { _ in
      nil
    }
    guard let page else { return job.sink.close(isBroken: true) }
    var bytes: [UInt8] = []
    for row in page.rows {
      if let table = job.table {
        table.append(row, to: &bytes)
      } else {
        bytes += row
        bytes.append(0x0A)
      }
    }
    let fits = bytes.count < Self.stepBytes / 2
    let isTooMuch = bytes.count > Self.stepBytes
    job.rows = fits ? job.rows * 2 : isTooMuch ? job.rows / 2 : job.rows
    job.rows = min(max(job.rows, Self.stepRows.lowerBound), Self.stepRows.upperBound)
    job.left -= page.rows.count
    job.cursor = page.next
    job.waiting = bytes[...]
  }
}
