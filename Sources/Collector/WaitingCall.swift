internal import Codec
internal import Quality
internal import Telemetry

/// A finished call that was stored, on its way from an intake thread to those who look at it: what
/// they want of it, copied out of its batch.
struct WaitingCall: Sendable {
  /// Those who look at it, and the plan in which they are bits.
  let members: UInt64
  let plan: QualityPlan
  let source: UInt32
  let operation: UInt32
  let tenant: UInt32
  let tenantScope: UInt32
  let identity: Hash128
  let trace: (high: UInt64, low: UInt64)
  let span: UInt64
  let status: Status?
  let errorType: ErrorType?
  let level: Level?
  let httpStatus: Int64
  let duration: Int64
  let timeToFirstToken: Int64
  let cost: Int64
  let isCacheHit: Bool
  /// All texts, one behind the other, and the length of each; −1 is absent.
  private let texts: [UInt8]
  private let lengths: InlineArray<9, Int32>

  /// The texts of a call, in the order they are copied.
  enum Text: Int, CaseIterable {
    case input, output, documents, attributes, details, session, user, responseID, eventID
  }

  /// What `members` want of the call at `event`, whose texts are `slices`; the input is the
  /// `announced` one where the call's end has none.
  init(
    _ event: Event, _ slices: CallTexts, in batch: EventBatch, announced: [UInt8]?,
    members: UInt64, plan: QualityPlan, identity: Hash128
  ) {
    (self.members, self.plan, self.identity) = (members, plan, identity)
    (source, operation, tenant) = (event.source, event.operation, event.tenant)
    tenantScope = batch.tenantScope
    trace = (event.traceHigh, event.traceLow)
    span = event.spanID
    (status, errorType, level) = (event.status, event.errorType, event.level)
    (httpStatus, duration, cost) = (event.httpStatus, event.duration, event.cost)
    timeToFirstToken = event.timeToFirstToken
    isCacheHit = event.isCacheHit
    let parts = plan.audience.parts(members)
    var chosen: InlineArray<9, TextSlice> = InlineArray(repeating: .absent)
    if parts.contains(.input) { chosen[Text.input.rawValue] = slices.input }
    if parts.contains(.output) { chosen[Text.output.rawValue] = slices.output }
    if parts.contains(.documents) { chosen[Text.documents.rawValue] = slices.documents }
    if parts.contains(.attributes) { chosen[Text.attributes.rawValue] = event.attributes }
    if parts.contains(.details) { chosen[Text.details.rawValue] = event.details }
    chosen[Text.session.rawValue] = event.session
    chosen[Text.user.rawValue] = event.user
    chosen[Text.responseID.rawValue] = event.responseID
    chosen[Text.eventID.rawValue] = event.eventID
    let earlier = parts.contains(.input) && slices.input.isAbsent ? announced : nil
    var lengths: InlineArray<9, Int32> = InlineArray(repeating: -1)
    var total = 0
    if let earlier {
      lengths[Text.input.rawValue] = Int32(truncatingIfNeeded: earlier.count)
      total = earlier.count
    }
    for index in chosen.indices where !chosen[index].isAbsent {
      lengths[index] = Int32(truncatingIfNeeded: chosen[index].length)
      total += chosen[index].length
    }
    self.lengths = lengths
    var texts: [UInt8] = []
    texts.reserveCapacity(total)
    // The input comes first.
    if let earlier { texts += earlier }
    for index in chosen.indices where !chosen[index].isAbsent {
      // unsafe because the text is copied where it lies in the batch.
      unsafe texts.append(contentsOf: batch.text(chosen[index]))
    }
    self.texts = texts
  }

  /// Bytes it holds, about.
  var size: Int { texts.count + MemoryLayout<WaitingCall>.stride }

  /// A text, or nil where the call has none or nobody wants it.
  func text(_ text: Text) -> [UInt8]? {
    let length = Int(lengths[text.rawValue])
    guard length >= 0 else { return nil }
    var start = 0
    for index in 0..<text.rawValue { start += max(0, Int(lengths[index])) }
    return Array(texts[start..<(start + length)])
  }
}

/// The call as those who look at it see it.
extension WaitingCall {
  /// With the words of its dimensions.
  func call(_ dimensions: [String: String]) -> FinishedCall {
    var call = FinishedCall()
    call.input = text(.input)
    call.output = text(.output)
    call.documents = text(.documents).map { CallDocuments.texts($0) } ?? []
    call.finishReason = dimensions[Dimension.finishReason.name]
    call.duration = duration == Event.absent ? nil : duration
    call.timeToFirstToken = timeToFirstToken == Event.absent ? nil : timeToFirstToken
    call.cost = cost == Event.absent ? nil : cost
    call.identity = identity
    call.words = dimensions
    if let status { call.words["status"] = status.text }
    if plan.judges & members != 0, let attributes = text(.attributes) {
      call.expected = CallDocuments.text("expected", in: attributes)
    }
    return call
  }

  /// Adds the words that are no dimensions.
  func addFurtherWords(to words: inout [String: String]) {
    if let errorType { words["error_type"] = errorType.text }
    if let level { words["level"] = level.text }
    if httpStatus != Event.absent { words["http_status"] = String(httpStatus) }
    if let user = text(.user) { words["user"] = String(decoding: user, as: UTF8.self) }
    if let session = text(.session) { words["session"] = String(decoding: session, as: UTF8.self) }
    if let details = text(.details) { CallWords.add(fields: details, to: &words) }
    if isCacheHit, words["cache"] == nil { words["cache"] = "hit" }
    if let attributes = text(.attributes) { CallWords.add(attributes: attributes, to: &words) }
  }

  /// What its scores are for.
  func target(_ dimensions: [String: String]) -> CallTarget {
    var target = CallTarget()
    if trace.high | trace.low != 0 {
      var digits: [UInt8] = []
      Hex.append(trace.high, to: &digits)
      Hex.append(trace.low, to: &digits)
      target.traceID = String(decoding: digits, as: UTF8.self)
    }
    if span != 0 {
      var digits: [UInt8] = []
      Hex.append(span, to: &digits)
      target.spanID = String(decoding: digits, as: UTF8.self)
    }
    target.session = text(.session).map { String(decoding: $0, as: UTF8.self) }
    target.responseID = text(.responseID).map { String(decoding: $0, as: UTF8.self) }
    target.eventID = text(.eventID).map { String(decoding: $0, as: UTF8.self) }
    for name in CallTarget.wordNames {
      if let word = dimensions[name] { target.words[name] = word }
    }
    target.tenantScope = tenantScope
    target.identity = identity
    return target
  }
}
