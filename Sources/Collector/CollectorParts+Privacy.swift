internal import API
internal import Alerts
internal import History
internal import Intake
internal import LinuxIO
internal import PromQL
internal import Serving
internal import Synchronization
internal import Telemetry
internal import Timeline

/// What the routes of privacy do.
extension CollectorParts {
  /// Exports that may run at a time.
  private static let mostExports = 4
  /// Bytes of one message of an export.
  private static let exportMessage = 64 << 10

  func privacyServices() -> PrivacyServices {
    let desk = desk
    return PrivacyServices(
      store: "\(directory)/\(Store.fileName)",
      stored: { [self] in pseudonyms().stored($0) },
      names: { [self] in pseudonyms().names(of: $0) },
      mark: { [self] in pseudonyms().mark(of: $0) },
      erase: { [self] in erasures.begin($0, pseudonyms()) },
      erasure: { [self] in erasures.report },
      hold: { [self] kind, value, reason, principal in
        let reason = pseudonyms().cleaned(reason)
        return Self.asked(desk) { (store) throws(StoreError) in
          try store.hold(kind, value, reason: reason, by: principal, now: Clock.wall)
        }
      },
      release: { id in
        Self.asked(desk) { (store) throws(StoreError) in try store.release(hold: id) }
      },
      settle: { [self] in saving.wait() },
      export: { [self] in export($0, to: $1) }, note: { [self] in audit.note($0) })
  }

  /// What else holds a person's name, to be told when it is erased.
  func connectErasures(_ timeline: SeriesTimeline) {
    erasures.connect(
      ErasureDesk.Elsewhere(
        forget: { [self] text in
          windows.forget(text)
          timeline.forgetLabels()
          service?.cache.clear()
          _ = alerts?.erase(text)
          return ["rejects": Int64(rejects.forget { text.isMentioned(in: $0) })]
        },
        named: { [self] text in
          let alerts = alerts?.state.reports.flatMap { report in
            report.evaluation.alertingParts.flatMap(\.alerts)
          }
          let named = (alerts ?? []).filter { alert in
            alert.labels.entries.contains { text.isMentioned(in: Array($0.value.utf8)) }
          }
          return named.isEmpty
            ? []
            : ["\(named.count) alerts that are pending or firing name it; they end by themselves"]
        }))
  }

  /// Names by the redaction that is in force.
  func pseudonyms() -> Pseudonyms { policies.withLock { $0 } }

  /// The answer of a step on the writer's thread.
  private static func asked<Answer: Sendable>(
    _ desk: WriterDesk, _ body: @escaping @Sendable (Store) throws(StoreError) -> Answer
  ) -> Result<Answer, StoreError> {
    let answer = Answered<Answer>()
    do throws(StoreError) {
      try desk.run { (store) throws(StoreError) in
        let given = try body(store)
        answer.value.withLock { $0 = given }
      }
    } catch {
      return .failure(error)
    }
    guard let given = answer.value.withLock({ $0 }) else {
      preconditionFailure("a step that ended well gave its answer")
    }
    return .success(given)
  }

  private func export(_ subject: DataSubject, to sink: StreamSink) -> Bool {
    let path = "\(directory)/\(Store.fileName)"
    let isFree = exports.withLock { count in
      guard count < Self.mostExports else { return false }
      count += 1
      return true
    }
    guard isFree else { return false }
    do throws(Errno) {
      // Nobody waits for it: a client that goes away ends it at its next step.
      _ = try Thread(name: "person") { [self] in
        Self.send(subject, path, to: sink)
        exports.withLock { $0 -= 1 }
      }
      return true
    } catch {
      exports.withLock { $0 -= 1 }
      return false
    }
  }

  private static func send(_ subject: DataSubject, _ path: String, to sink: StreamSink) {
    do {
      let epoll = try Epoll()
      var reader = try SubjectReader(path: path, subject)
      while !sink.isClosed, let lines = try reader.next() {
        for start in stride(from: 0, to: lines.count, by: exportMessage) {
          while !sink.hasRoom, !sink.isClosed {
            try epoll.wait(into: EpollEvents(capacity: 1), milliseconds: 10)
          }
          _ = sink.send(Array(lines[start..<min(lines.count, start + exportMessage)]))
        }
      }
      sink.close()
    } catch {
      // What was sent has no last line, which says that it is not everything.
      sink.close(isBroken: true)
    }
  }
}

/// What a step on the writer's thread gave.
private final class Answered<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}
