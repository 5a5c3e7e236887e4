internal import Codec
internal import HTTP
package import LinuxIO
internal import Telemetry

/// One client's connection, owned by one event loop.
final class Connection {
  /// What the connection is about.
  enum Phase {
    /// Bytes of a request's head are awaited.
    case head
    /// Bytes of a body are awaited.
    case body
    /// The request is with the writer or a query thread.
    case waiting
    /// Events go out as they come.
    case streaming(StreamSink)
    /// Nothing more is read; what waits is sent, then it is closed.
    case ending
  }

  let descriptor: FileDescriptor
  /// Tells this connection from others that had its slot.
  let token: UInt64
  let peer: String
  let listening: Listening
  /// Bytes as they came, from the current request's head on.
  let input = ByteSlab(capacity: 512)
  var parser: RequestParser
  var phase = Phase.head
  var request: PendingRequest?
  var output: [UInt8] = []
  var sent = 0
  var stream: StreamWriter?
  var isAdvancing = false
  var interest: Epoll.Interest = [.read]
  /// The last key that came this way, so that the next request with it is recognised by its header.
  var knownKey: KnownKey?
  /// Monotonic times of the last byte in or out, and of the current request's first byte.
  var lastActive: Int64
  var startedAt: Int64

  init(
    descriptor: consuming FileDescriptor, token: UInt64, peer: String, listening: Listening,
    limits: HTTPLimits, now: Int64
  ) {
    self.descriptor = descriptor
    self.token = token
    self.peer = peer
    self.listening = listening
    parser = RequestParser(limits: limits)
    lastActive = now
    startedAt = now
  }

  /// Whether a request is with another thread.
  var isWaiting: Bool { if case .waiting = phase { true } else { false } }
}

/// A request whose head was read: what is needed to take its body and to answer.
struct PendingRequest {
  /// What the answer's framing depends on; nil for a request that could not be read.
  var head: RequestHead?
  var method: String
  var path: String
  var query: String
  var id: String
  var route: Int?
  var closes: Bool
  var contentType: String
  var contentEncoding: String
  var accept: String
  var acceptEncoding: String
  var idempotencyKey: String
  var receivedAt: Int64

  /// The named parts of the path.
  var captures: [String: String] = [:]
  /// The methods the path takes, where the request's is none of them.
  var allow = ""
  /// The web page that asks, where its origin may.
  var origin = ""
  /// Who asks, from where.
  var caller = Caller.nobody
  /// Whether a browser asks first what the page may ask.
  var isPreflight = false

  /// The body as far as it came, and how it goes on.
  var body: ByteSlab
  var decoder: BodyDecoder?
  /// Bytes of the gauge that this request holds.
  var reserved = 0
  /// Tells the query thread that works on the answer when the client has gone.
  let cancellation = Cancellation()

  /// What stands for a request whose head could not be read.
  static func unreadable(id: String, at now: Int64, body: ByteSlab) -> PendingRequest {
    PendingRequest(
      head: nil, method: "", path: "", query: "", id: id, route: nil, closes: true,
      contentType: "", contentEncoding: "", accept: "", acceptEncoding: "", idempotencyKey: "",
      receivedAt: now, body: body)
  }
}

/// One address that is listened on.
package struct Listening: Sendable {
  package let address: SocketAddress
  /// Whether only the owner of the data can connect, who may do all.
  package let isPrivate: Bool
  /// Whether only this machine can connect.
  let isLocal: Bool
  /// A unix socket is open to its owner only, so `Host` says nothing there.
  let checksHost: Bool

  /// Listens on `address`; what callers may do there is decided by the rules of access.
  package init(_ address: SocketAddress, isPrivate: Bool = false) {
    self.address = address
    self.isPrivate = isPrivate
    isLocal = address.isLoopback
    checksHost = address.path == nil
  }
}
