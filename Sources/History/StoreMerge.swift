internal import Money
internal import Telemetry

/// Two versions of one span made into one. What only one of them says is taken; where both speak,
/// the version that has ended wins over the one that only announced the start, else the one that
/// was stored. So start and end give the same row in either order.
struct StoreMerge {
  /// The version whose word counts, and the other.
  private let leading: Event
  private let other: Event
  /// Whether the version that was stored leads.
  let storedLeads: Bool

  init(stored: Event, incoming: Event) {
    storedLeads = !(stored.isOpen && !incoming.isOpen)
    leading = storedLeads ? stored : incoming
    other = storedLeads ? incoming : stored
  }

  /// The version made of both. Its dimensions, details and attributes are the leading version's;
  /// unite them with the other's by `pairs`.
  func merged() -> Event {
    var event = leading
    if other.type == .llm { event.type = .llm }
    mergeTimes(&event)
    mergeOutcome(&event)
    mergeIDs(&event)
    mergeUsage(&event)
    mergeTexts(&event)
    for warning in Warning.allCases where other.warnings.contains(warning) {
      event.warnings.insert(warning)
    }
    return event
  }

  private func mergeTimes(_ event: inout Event) {
    Self.fill(&event.start, other.start)
    Self.fill(&event.duration, other.duration)
    Self.fill(&event.timeToFirstToken, other.timeToFirstToken)
    if !event.hasOwnTime, other.hasOwnTime, event.isOpen || !other.isOpen {
      event.time = other.time
      event.hasOwnTime = true
    }
    if event.duration == Event.absent, !event.isOpen, event.start != Event.absent,
      event.hasOwnTime, event.time >= event.start, other.isOpen
    {
      event.duration = event.time - event.start
    }
  }

  private func mergeOutcome(_ event: inout Event) {
    // How one version failed says nothing about the other that went well.
    if event.status == nil || other.status == nil || event.status == other.status {
      event.errorType = event.errorType ?? other.errorType
      Self.fill(&event.httpStatus, other.httpStatus)
    }
    event.status = event.status ?? other.status
    event.level = event.level ?? other.level
    Self.fill(&event.attempt, other.attempt)
    if event.sampleRate == 1 { event.sampleRate = other.sampleRate }
  }

  private func mergeIDs(_ event: inout Event) {
    if !event.hasTrace { (event.traceHigh, event.traceLow) = (other.traceHigh, other.traceLow) }
    if event.parentSpanID == 0 { event.parentSpanID = other.parentSpanID }
  }

  /// Usage and cost go together: half of one reading and half of another would add up to neither.
  /// The fuller reading counts, so that output tokens which come later are not lost.
  private func mergeUsage(_ event: inout Event) {
    if other.leaves.isFuller(than: event.leaves) {
      event.leaves = other.leaves
      event.cost = other.cost
      event.computedCost = other.computedCost
      event.pricedTokens = other.pricedTokens
      event.costStatus = other.costStatus
      event.priceRow = other.priceRow
      event.usageRule = other.usageRule
      event.reportedCost = other.reportedCost
      event.isAggregate = other.isAggregate
      settle(&event, report: leading)
    } else {
      event.costStatus = event.costStatus ?? other.costStatus
      settle(&event, report: other)
    }
  }

  /// A reported cost is never lost, whichever version brought the usage.
  private func settle(_ event: inout Event, report: Event) {
    guard event.reportedCost == Event.absent, report.reportedCost != Event.absent else { return }
    event.reportedCost = report.reportedCost
    event.computedCost = event.cost
    event.cost = report.reportedCost
    event.pricedTokens = event.leaves.tokens
    event.costStatus = .reported
  }

  private func mergeTexts(_ event: inout Event) {
    Self.fill(&event.user, other.user)
    Self.fill(&event.session, other.session)
    Self.fill(&event.requestID, other.requestID)
    Self.fill(&event.responseID, other.responseID)
    Self.fill(&event.message, other.message)
    Self.fill(&event.input, other.input)
    Self.fill(&event.output, other.output)
    Self.fill(&event.stack, other.stack)
    Self.fill(&event.details, other.details)
    Self.fill(&event.attributes, other.attributes)
  }

  private static func fill(_ value: inout Int64, _ other: Int64) {
    if value == Event.absent { value = other }
  }

  private static func fill(_ text: inout TextSlice, _ other: TextSlice) {
    if text.isAbsent { text = other }
  }

  /// The other version's ids or texts beside the leading one's, for what is united elsewhere.
  func pair<Value>(_ path: KeyPath<Event, Value>) -> (leading: Value, other: Value) {
    (leading[keyPath: path], other[keyPath: path])
  }
}

extension TokenLeaves {
  /// Whether it takes no leaf away and adds to one.
  fileprivate func isFuller(than other: TokenLeaves) -> Bool {
    self != other && TokenLeaf.allCases.allSatisfy { self[$0] >= other[$0] }
  }
}

extension Event {
  /// Whether a merged version says more than the stored one, warnings and texts of JSON aside.
  func saysMore(than stored: Event) -> Bool {
    type != stored.type || isOpen != stored.isOpen || time != stored.time || start != stored.start
      || duration != stored.duration || timeToFirstToken != stored.timeToFirstToken
      || status != stored.status || errorType != stored.errorType || level != stored.level
      || httpStatus != stored.httpStatus || sampleRate != stored.sampleRate
      || source != stored.source || operation != stored.operation || tenant != stored.tenant
      || traceHigh != stored.traceHigh || traceLow != stored.traceLow
      || parentSpanID != stored.parentSpanID || leaves != stored.leaves || cost != stored.cost
      || costStatus != stored.costStatus || reportedCost != stored.reportedCost
      || hasNewText(than: stored)
  }

  private func hasNewText(than stored: Event) -> Bool {
    user != stored.user || session != stored.session || requestID != stored.requestID
      || responseID != stored.responseID || message != stored.message || input != stored.input
      || output != stored.output || stack != stored.stack || details != stored.details
      || attributes != stored.attributes
  }
}
