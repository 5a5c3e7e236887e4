internal import Codec
internal import Telemetry

extension EventBuilder {
  /// Settles `time`, `start` and `duration` from whichever of the three are given.
  mutating func readTimes() {
    readDuration()
    let start = readTime(.start)
    var time = readTime(.time)
    if time == nil, let start, event.duration != Event.absent {
      time = start &+ event.duration
    }
    if let start { event.start = start }
    if let time {
      event.time = time
      event.hasOwnTime = true
    } else if let start {
      event.time = start
      event.hasOwnTime = true
      event.isOpen = isAnnouncement
    } else {
      event.time = batch.receivedAt
    }
    refuseFuture()
    completeSpan()
  }

  /// A start without anything that only an end brings.
  private var isAnnouncement: Bool {
    (event.type == .llm || event.type == .span) && event.duration == Event.absent
      && !scanner.present.meets(Self.endFields)
  }

  private static let endFields = FieldSet([
    .status, .httpStatus, .errorType, .error, .outputTokens, .totalTokens, .responseID,
    .finishReason, .cost,
  ])

  private mutating func refuseFuture() {
    guard event.hasOwnTime, event.time > batch.receivedAt &+ IntakeSettings.future else { return }
    event.warnings.insert(.future)
    scanner.release(.time)
    scanner.release(.start)
    event.time = batch.receivedAt
    event.start = Event.absent
    event.hasOwnTime = false
  }

  private mutating func completeSpan() {
    guard event.start != Event.absent, !event.isOpen else { return }
    if event.duration == Event.absent {
      guard event.time >= event.start else {
        doubt(.start, .badValue)
        event.start = Event.absent
        return
      }
      if scanner.present.contains(.time) { event.duration = event.time - event.start }
    }
  }

  /// Reads a time field; an unreadable one is doubtful.
  private mutating func readTime(_ field: Field) -> Int64? {
    guard scanner.present.contains(field) else { return nil }
    let slot = scanner.slot(field)
    var time: Int64?
    switch slot.kind {
    case .number:
      time = Timestamp.nanoseconds(from: slot.number)
    case .string:
      time = Timestamp.parse(
        body, from: Int(slot.start), to: Int(slot.end), now: batch.receivedAt)
    default:
      break
    }
    guard let time else {
      doubt(field, .badTime)
      return nil
    }
    guard field == .time, scanner.present.contains(.timeNanoseconds),
      let extra = scanner.slot(.timeNanoseconds).number.integer(), extra < Timestamp.second
    else { return time }
    return time &+ extra
  }

  private mutating func readDuration() {
    guard scanner.present.contains(.duration) else { return }
    let slot = scanner.slot(.duration)
    guard slot.kind == .number else { return doubt(.duration, .badType) }
    var places: Int32
    switch scanner.entry(of: slot).unit {
    case .seconds: places = 9
    case .goDuration:
      // Go's logrus writes a time.Duration as whole nanoseconds; any other `duration` may be in
      // any unit and is left as an attribute.
      guard let whole = slot.number.integer(), whole > 1_000_000, scanner.present.contains(.level)
      else { return scanner.release(.duration) }
      places = 0
    default: places = 6
    }
    guard !slot.number.isNegative || slot.number.mantissa == 0,
      let duration = slot.number.rounded(scaledBy: places)
    else { return doubt(.duration, .badValue) }
    event.duration = duration
  }
}
