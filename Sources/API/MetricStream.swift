internal import Codec
internal import Exposition
internal import HTTP
internal import Serving
internal import Synchronization

/// Sends the page of metrics family by family, as fast as its client takes it, so that no page is
/// ever held whole.
final class MetricStream: Sendable {
  /// Bytes sent at once; less than half of what a sink holds.
  private static let piece = 128 << 10

  fileprivate struct State: ~Copyable {
    var page: MetricPage
    var sections: ArraySlice<MetricPage.Section>
    var isEnded = false
    var deflater: Deflater?
    /// What is written and not yet sent, from `sent` on.
    var ready: [UInt8] = []
    var sent = 0
  }

  private let state: Mutex<State>
  private let sink: StreamSink
  /// Whether the sink is to call when it has room again.
  private let isWaiting = Atomic(false)

  private init(
    _ sections: [MetricPage.Section], _ format: MetricFormat, packs: Bool, _ sink: StreamSink
  ) {
    state = Mutex(
      State(
        page: MetricPage(format), sections: sections[...],
        deflater: packs ? Deflater(.gzip, level: 1) : nil))
    self.sink = sink
  }

  /// The answer to a request for the page that `sections` write, begun by the thread that calls
  /// `begin` and gone on with on threads that `resume` finds; which says whether it did.
  static func answer(
    _ request: Request, _ sections: @escaping @Sendable (MetricFormat) -> [MetricPage.Section],
    resume: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
  ) -> StreamAnswer {
    let format = MetricFormat(accept: request.accept)
    let offered: [StaticString] = ["gzip", "identity"]
    let packs =
      !request.acceptEncoding.isEmpty
      && Negotiation.best(acceptEncoding: Array(request.acceptEncoding.utf8), offered: offered)
        == 0
    var headers = [(name: "Vary", value: "Accept, Accept-Encoding")]
    if packs { headers.append(("Content-Encoding", "gzip")) }
    return .accepted(contentType: format.contentType, headers: headers) { sink in
      let stream = MetricStream(sections(format), format, packs: packs, sink)
      sink.onDrain {
        guard stream.isWaiting.exchange(false, ordering: .acquiringAndReleasing) else { return }
        if !resume({ stream.send() }) { sink.close(isBroken: true) }
      }
      stream.send()
    }
  }

  /// Sends until the sink is full or all is sent.
  private func send() {
    while true {
      while sink.hasRoom {
        guard let piece = state.withLock({ $0.next(Self.piece) }) else { return sink.close() }
        guard sink.send(piece) else { return }
      }
      // Room that came between the last look and this word brings no call: look once more.
      isWaiting.store(true, ordering: .sequentiallyConsistent)
      guard sink.hasRoom, isWaiting.exchange(false, ordering: .sequentiallyConsistent) else {
        return
      }
    }
  }
}

extension MetricStream.State {
  /// The next bytes of the answer, no more than `limit`; nil at its end.
  fileprivate mutating func next(_ limit: Int) -> [UInt8]? {
    while sent == ready.count {
      ready.removeAll(keepingCapacity: true)
      sent = 0
      guard fill() else { return nil }
    }
    let piece = Array(ready[sent..<min(sent + limit, ready.count)])
    sent += piece.count
    return piece
  }

  /// Writes some more; false when there was no more.
  private mutating func fill() -> Bool {
    guard !isEnded else { return false }
    if let section = sections.popFirst() {
      section(&page)
    } else {
      page.end()
      isEnded = true
    }
    let bytes = page.take()
    guard deflater != nil else {
      ready = bytes
      return true
    }
    deflater?.deflate(bytes, appendingTo: &ready)
    if isEnded { deflater?.finish(appendingTo: &ready) }
    return true
  }
}
