import CCurl

/// The owner of one of libcurl's handles, with the connections it keeps. One thread at a time.
// unsafe because the handle, its callbacks and what they write to cross the border of a C library;
// everything they point to is owned here or outlives the call of `perform`.
@safe struct CurlHandle: ~Copyable {
  private let curl: CurlLibrary
  private let handle: UnsafeMutableRawPointer
  private let reason: UnsafeMutablePointer<CChar>
  /// libcurl writes at most so many bytes of what went wrong.
  private static let reasonSize = 256

  /// A handle without connections; nil when there is no memory for one.
  init?(_ curl: CurlLibrary) {
    guard let handle = unsafe curl.make() else { return nil }
    self.curl = curl
    unsafe self.handle = handle
    unsafe reason = .allocate(capacity: Self.reasonSize)
    unsafe reason.initialize(repeating: 0, count: Self.reasonSize)
  }

  deinit {
    unsafe curl.clean(handle)
    unsafe reason.deallocate()
  }

  /// Forgets all options; connections are kept.
  func reset() {
    unsafe curl.reset(handle)
    unsafe reason[0] = 0
    unsafe set(CCURL_ERRORBUFFER, pointer: reason)
    // Signals belong to the process; with them the library would time out name look-ups.
    set(CCURL_NOSIGNAL, 1)
  }

  func set(_ option: Int, _ value: Int) {
    _ = unsafe ccurl_set_long(curl.setOption, handle, Int32(option), value)
  }

  /// Sets a text, which the library copies.
  func set(_ option: Int, _ value: String) {
    _ = unsafe value.withCString {
      unsafe ccurl_set_pointer(curl.setOption, handle, Int32(option), $0)
    }
  }

  private func set(_ option: Int, offset: Int) {
    _ = unsafe ccurl_set_offset(curl.setOption, handle, Int32(option), Int64(offset))
  }

  private func set(_ option: Int, pointer: UnsafeRawPointer?) {
    _ = unsafe ccurl_set_pointer(curl.setOption, handle, Int32(option), pointer)
  }

  /// Runs the transfer that the options describe, with a list of texts under `listOption`, bytes to
  /// send, and what comes back gathered in `answer`. Returns libcurl's code.
  func perform(
    listOption: Int, _ list: [String], sending: CurlSource?, into answer: CurlAnswer
  ) -> Int32 {
    var head: UnsafeMutableRawPointer?
    for text in list {
      unsafe head = text.withCString { unsafe curl.append(head, $0) ?? head }
    }
    defer { unsafe curl.freeList(head) }
    unsafe set(listOption, pointer: head)
    let gather: CurlLibrary.Callback = { bytes, size, count, target in
      guard let bytes = unsafe bytes, let target = unsafe target else { return 0 }
      let answer = unsafe Unmanaged<CurlAnswer>.fromOpaque(target).takeUnretainedValue()
      let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
      return unsafe answer.takeBody(piece) ? size * count : 0
    }
    let gatherHead: CurlLibrary.Callback = { bytes, size, count, target in
      guard let bytes = unsafe bytes, let target = unsafe target else { return 0 }
      let answer = unsafe Unmanaged<CurlAnswer>.fromOpaque(target).takeUnretainedValue()
      let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
      return unsafe answer.takeHead(piece) ? size * count : 0
    }
    let target = unsafe UnsafeRawPointer(Unmanaged.passUnretained(answer).toOpaque())
    unsafe set(CCURL_WRITEFUNCTION, pointer: unsafeBitCast(gather, to: UnsafeRawPointer.self))
    unsafe set(CCURL_WRITEDATA, pointer: target)
    unsafe set(CCURL_HEADERFUNCTION, pointer: unsafeBitCast(gatherHead, to: UnsafeRawPointer.self))
    unsafe set(CCURL_HEADERDATA, pointer: target)
    if answer.isAbandoned != nil {
      let look: CurlLibrary.Progress = { target, _, _, _, _ in
        guard let target = unsafe target else { return 0 }
        let answer = unsafe Unmanaged<CurlAnswer>.fromOpaque(target).takeUnretainedValue()
        return answer.isAbandoned?() == true ? 1 : 0
      }
      unsafe set(
        CCURL_XFERINFOFUNCTION, pointer: unsafeBitCast(look, to: UnsafeRawPointer.self))
      unsafe set(CCURL_XFERINFODATA, pointer: target)
      set(CCURL_NOPROGRESS, 0)
    }
    return withExtendedLifetime(answer) { perform(sending) }
  }

  private func perform(_ source: CurlSource?) -> Int32 {
    guard let source else { return unsafe curl.perform(handle) }
    switch source.kind {
    case .post:
      return unsafe source.bytes.withUnsafeBytes { body in
        // An empty body is one too; without an address there would be none.
        var nothing: UInt8 = 0
        return unsafe withUnsafePointer(to: &nothing) { empty in
          set(CCURL_POSTFIELDSIZE_LARGE, offset: body.count)
          unsafe set(CCURL_POSTFIELDS, pointer: body.baseAddress ?? UnsafeRawPointer(empty))
          return unsafe curl.perform(handle)
        }
      }
    case .upload:
      let give: CurlLibrary.Callback = { room, size, count, source in
        guard let room = unsafe room, let source = unsafe source else { return 0 }
        let bytes = unsafe Unmanaged<CurlSource>.fromOpaque(source).takeUnretainedValue()
        return unsafe bytes.give(
          to: UnsafeMutableRawBufferPointer(start: room, count: size * count))
      }
      let pointer = unsafe UnsafeRawPointer(Unmanaged.passUnretained(source).toOpaque())
      set(CCURL_UPLOAD, 1)
      set(CCURL_INFILESIZE_LARGE, offset: source.bytes.count)
      unsafe set(CCURL_READFUNCTION, pointer: unsafeBitCast(give, to: UnsafeRawPointer.self))
      unsafe set(CCURL_READDATA, pointer: pointer)
      return withExtendedLifetime(source) { unsafe curl.perform(handle) }
    }
  }

  /// The status of the answer, or the code of the mail server's last reply; 0 for none.
  var responseCode: Int {
    var code = 0
    _ = unsafe ccurl_get_long(curl.getInfo, handle, Int32(CCURL_RESPONSE_CODE), &code)
    return code
  }

  /// What went wrong, in the library's words.
  func reason(of code: Int32) -> String {
    let text = unsafe String(cString: reason)
    if !text.isEmpty { return text }
    guard let words = unsafe curl.explain(code) else { return "error \(code)" }
    return unsafe String(cString: words)
  }
}

/// Bytes that a transfer sends.
final class CurlSource {
  enum Kind {
    case post
    case upload
  }

  let kind: Kind
  let bytes: [UInt8]
  private var sent = 0

  init(_ kind: Kind, _ bytes: [UInt8]) {
    (self.kind, self.bytes) = (kind, bytes)
  }

  /// Copies what fits; returns how much.
  @unsafe func give(to room: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(room.count, bytes.count - sent)
    unsafe room.copyBytes(from: bytes[sent..<(sent + count)])
    sent += count
    return count
  }
}

/// What a transfer brings back.
final class CurlAnswer {
  private(set) var body: [UInt8] = []
  private(set) var head: [UInt8] = []
  private(set) var isTooLong = false
  /// Asked about once a second; true ends the transfer.
  var isAbandoned: (@Sendable () -> Bool)?
  private let limit: Int
  private static let headLimit = 256 << 10

  init(limit: Int) { self.limit = limit }

  /// Whether there was room for it.
  @unsafe func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= limit else {
      isTooLong = true
      return false
    }
    unsafe body.append(contentsOf: piece)
    return true
  }

  /// A line of the head; a new status line begins a new head, as after interim answers.
  @unsafe func takeHead(_ piece: UnsafeRawBufferPointer) -> Bool {
    if unsafe piece.starts(with: "HTTP/".utf8) { head = [] }
    guard head.count + piece.count <= Self.headLimit else {
      isTooLong = true
      return false
    }
    unsafe head.append(contentsOf: piece)
    return true
  }
}
