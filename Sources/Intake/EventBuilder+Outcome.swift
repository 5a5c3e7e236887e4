internal import Codec
internal import Money
internal import Telemetry

extension EventBuilder {
  /// Reads the fields that say how it went and how loud it is.
  mutating func readOutcome(_ field: Field) {
    switch field {
    case .level: readLevel()
    case .status: readStatus()
    case .httpStatus:
      guard let code = httpCode(.httpStatus) else { return doubt(.httpStatus, .badValue) }
      event.httpStatus = code
    default: readErrorType()
    }
  }

  private mutating func readStatus() {
    if let code = httpCode(.status) {
      event.httpStatus = code
      return
    }
    guard scanner.slot(.status).kind == .string else { return doubt(.status, .badType) }
    if let status = Vocabulary.statuses[packed(.status)] {
      event.status = status
    } else if !scanner.present.contains(.level),
      let level = Vocabulary.level(packed(.status), { word(.status) })
    {
      event.level = level
    } else if word(.status).lowercased() == "unset" {
      return
    } else if event.type == .log {
      scanner.release(.status)
    } else {
      doubt(.status, .badValue)
    }
  }

  /// A number, or a string of digits, between 100 and 599.
  private func httpCode(_ field: Field) -> Int64? {
    let slot = scanner.slot(field)
    let code: Int64? =
      slot.kind == .number ? slot.number.integer() : isDigit(slot) ? Int64(word(field)) : nil
    guard let code, 100...599 ~= code else { return nil }
    return code
  }

  /// Whether a string starts like a number.
  private func isDigit(_ slot: Slot) -> Bool {
    slot.kind == .string && slot.end > slot.start && body[Int(slot.start)] &- 0x30 < 10
  }

  private mutating func readErrorType() {
    guard scanner.slot(.errorType).kind == .string else { return doubt(.errorType, .badType) }
    let raw = word(.errorType)
    guard !raw.isEmpty else { return }
    let type = Vocabulary.errorType(raw)
    event.errorType = type
    if type.text != raw { scanner.release(.errorType) }
  }

  private mutating func readLevel() {
    let slot = scanner.slot(.level)
    let number: Int64? =
      slot.kind == .number ? slot.number.integer() : isDigit(slot) ? Int64(word(.level)) : nil
    if let number {
      event.level = Vocabulary.level(number, scale(of: slot, number))
    } else if slot.kind == .string {
      event.level = Vocabulary.level(packed(.level)) { word(.level) }
    } else {
      return doubt(.level, .badType)
    }
    if event.level == nil { doubt(.level, .badValue) }
  }

  /// Bare numbers up to 7 are syslog's where the line looks like GELF or has no other mark of pino
  /// and bunyan, whose levels start at 10.
  private func scale(of slot: Slot, _ number: Int64) -> Vocabulary.LevelScale {
    switch scanner.entry(of: slot).unit {
    case .severityNumber: .severityNumber
    case .pythonLevel: .python
    case .logstashLevel: .logstash
    default: 0...7 ~= number ? .syslog : .pino
    }
  }

  /// Fills status and error type from what else was said.
  mutating func settleOutcome() {
    if envelope == .span { adoptStatusInMessage() }
    if event.httpStatus != Event.absent {
      if event.status == nil, event.type == .llm || event.type == .span {
        event.status = Vocabulary.status(http: event.httpStatus)
      }
      if event.errorType == nil, event.type == .llm || event.type == .span {
        event.errorType = Vocabulary.errorType(http: event.httpStatus)
      }
    }
    guard event.type == .llm || event.type == .span else { return }
    if event.status == nil {
      if event.errorType == .cancelled {
        event.status = .cancelled
      } else if event.errorType != nil || scanner.present.contains(.error) {
        event.status = .error
      }
    }
    if event.status == .error, event.errorType == nil { event.errorType = .other }
    // A span that ended and says nothing of its outcome went well.
    if event.status == nil, envelope == .span, !event.isOpen { event.status = .ok }
  }
}
