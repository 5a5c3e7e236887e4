internal import Codec
internal import Telemetry

extension EventBuilder {
  /// Reads trace and span ids: hex of the right length, UUIDs, and what other carriers write.
  mutating func readID(_ field: Field) {
    let slot = scanner.slot(field)
    guard slot.kind == .string, slot.end > slot.start else {
      if slot.kind == .number { return readDecimalID(field, slot) }
      if slot.kind != .string { doubt(field, .badID) }
      return
    }
    var reader = IDReader(bytes: body, index: Int(slot.start), end: Int(slot.end))
    switch field {
    case .traceparent: readTraceparent(&reader)
    case .traceID:
      guard let (high, low) = reader.traceID() else { return doubt(field, .badID) }
      (event.traceHigh, event.traceLow) = (high, low)
    default:
      guard let (id, isFolded) = reader.spanID() else {
        // A root may say that it has no parent by a parent of zeros.
        if field == .parentSpanID, reader.isZero { return }
        return doubt(field, .badID)
      }
      if isFolded { scanner.keepMember(of: slot) }
      setSpan(field, id)
    }
  }

  private mutating func setSpan(_ field: Field, _ id: UInt64) {
    if field == .spanID { event.spanID = id } else { event.parentSpanID = id }
  }

  /// Datadog writes ids as decimal numbers of 64 bits.
  private mutating func readDecimalID(_ field: Field, _ slot: Slot) {
    guard !slot.number.isNegative, slot.number.exponent == 0, !slot.number.isCut,
      slot.number.mantissa != 0
    else { return doubt(field, .badID) }
    if field == .traceID {
      event.traceLow = slot.number.mantissa
    } else {
      setSpan(field, slot.number.mantissa)
    }
  }

  private mutating func readTraceparent(_ reader: inout IDReader) {
    guard let (trace, span) = reader.traceparent() else { return doubt(.traceparent, .badID) }
    if !scanner.present.contains(.traceID) { (event.traceHigh, event.traceLow) = trace }
    if !scanner.present.contains(.spanID) { event.spanID = span }
  }

  /// Reads whose it was and what names it: texts that become pseudonyms when they hit a detector.
  mutating func readIdentifier(_ field: Field) {
    let raw = text(field, limit: settings.text)
    if field == .eventID {
      event.eventID = raw
      return
    }
    let slice = cleaner.identifier(raw, batch, as: field)
    switch field {
    case .user: event.user = slice
    case .session: event.session = slice
    case .requestID: event.requestID = slice
    default: event.responseID = slice
    }
  }

  // unsafe because texts of the batch stay in place while it is decoded.
  /// Gives the event its identity, by the first rule of the contract that applies.
  mutating func identify(from start: Int, to end: Int) {
    let scope = batch.tenantScope
    let key = settings.identityKey
    if !event.eventID.isAbsent {
      event.identityRule = .eventID
      event.identity = unsafe key.eventID(scope: scope, batch.text(event.eventID))
      event.eventID = cleaner.identifier(event.eventID, batch, as: .eventID)
    } else if !src.isAbsent, event.sequence != Event.absent {
      event.identityRule = .stream
      event.identity = unsafe key.stream(
        scope: scope, src: batch.text(src), sequence: event.sequence)
    } else if event.spanID != 0, event.type == .llm || event.type == .span {
      event.identityRule = .span
      event.identity = key.span(
        scope: scope, traceHigh: event.traceHigh, traceLow: event.traceLow, span: event.spanID,
        attempt: event.attempt)
    } else if event.type == .score {
      event.identityRule = .score
      event.identity = key.score(
        scope: scope, target: scoreTarget, name: dimensionBytes(.score),
        evaluator: dimensionBytes(.evaluator), time: event.hasOwnTime ? event.time : 0)
    } else if !batch.idempotencyKey.isEmpty {
      event.identityRule = .idempotencyKey
      event.identity = key.idempotency(
        scope: scope, key: batch.idempotencyKey, record: Int64(event.line))
    } else if event.hasOwnTime {
      event.identityRule = .bytes
      event.identity = unsafe key.bytes(scope: scope, body.raw(start, end))
    }
  }

  private var scoreTarget: [UInt8] {
    var target: [UInt8] = []
    Hex.append(event.traceHigh, to: &target)
    Hex.append(event.traceLow, to: &target)
    Hex.append(event.spanID, to: &target)
    if !event.session.isAbsent { target += unsafe Array(batch.text(event.session)) }
    if !event.responseID.isAbsent { target += unsafe Array(batch.text(event.responseID)) }
    return target
  }

  private func dimensionBytes(_ dimension: Dimension) -> [UInt8] {
    let slice = dimensionTexts[Int(dimension.rawValue)]
    return slice.isAbsent ? [] : unsafe Array(batch.text(slice))
  }
}

/// Reads ids out of their written forms.
private struct IDReader {
  let bytes: ByteView
  var index: Int
  var end: Int

  var count: Int { end - index }

  /// Whether the id is nothing but zeros and hyphens.
  var isZero: Bool {
    (index..<end).allSatisfy { bytes[$0] == 0x30 || bytes[$0] == 0x2D }
  }

  /// 32 or 16 hex digits, a UUID, or a Cloud Trace path; not all zero.
  mutating func traceID() -> (UInt64, UInt64)? {
    skipPath()
    let (high, low): (UInt64, UInt64)
    switch count {
    case 32:
      guard let first = Hex.word(bytes, at: index), let second = Hex.word(bytes, at: index + 16)
      else { return nil }
      (high, low) = (first, second)
    case 16:
      guard let only = Hex.word(bytes, at: index) else { return nil }
      (high, low) = (0, only)
    case 36:
      guard let uuid = uuid() else { return nil }
      (high, low) = uuid
    default:
      return decimal().map { (0, $0) }
    }
    return high | low == 0 ? nil : (high, low)
  }

  /// 16 hex digits, or a UUID folded to 64 bits; not zero.
  mutating func spanID() -> (id: UInt64, isFolded: Bool)? {
    switch count {
    case 16:
      guard let id = Hex.word(bytes, at: index), id != 0 else { return nil }
      return (id, false)
    case 36:
      guard let (high, low) = uuid(), high ^ low != 0 else { return nil }
      return (high ^ low, true)
    case 32:
      guard let high = Hex.word(bytes, at: index), let low = Hex.word(bytes, at: index + 16),
        high ^ low != 0
      else { return nil }
      return (high ^ low, true)
    default:
      return decimal().map { ($0, false) }
    }
  }

  /// W3C `00-<32>-<16>-<2>`; a longer later version is read by its first four parts.
  mutating func traceparent() -> (trace: (UInt64, UInt64), span: UInt64)? {
    guard count >= 55, bytes[index + 2] == 0x2D, bytes[index + 35] == 0x2D,
      bytes[index + 52] == 0x2D, isLowerHex(index, index + 2), isLowerHex(index + 53, index + 55),
      isLowerHex(index + 3, index + 35), isLowerHex(index + 36, index + 52)
    else { return nil }
    let version = bytes.copy(index, index + 2)
    if version == Array("ff".utf8) || (version == Array("00".utf8) && count != 55) { return nil }
    if count > 55, bytes[index + 55] != 0x2D { return nil }
    guard let high = Hex.word(bytes, at: index + 3), let low = Hex.word(bytes, at: index + 19),
      let span = Hex.word(bytes, at: index + 36), high | low != 0, span != 0
    else { return nil }
    return ((high, low), span)
  }

  private func isLowerHex(_ start: Int, _ end: Int) -> Bool {
    (start..<end).allSatisfy { bytes[$0] &- 0x30 < 10 || bytes[$0] &- 0x61 < 6 }
  }

  /// `projects/P/traces/HEX` is read from its last slash on.
  private mutating func skipPath() {
    guard let slash = (index..<end).last(where: { bytes[$0] == 0x2F }) else { return }
    index = slash + 1
  }

  private func uuid() -> (UInt64, UInt64)? {
    var digits: [UInt8] = []
    for offset in 0..<36 {
      let byte = bytes[index + offset]
      if [8, 13, 18, 23].contains(offset) {
        guard byte == 0x2D else { return nil }
      } else {
        digits.append(byte)
      }
    }
    guard let raw = Hex.decode(digits) else { return nil }
    let words = raw.reduce((UInt64(0), UInt64(0))) { pair, byte in
      (pair.0 << 8 | pair.1 >> 56, pair.1 << 8 | UInt64(byte))
    }
    return words
  }

  /// Up to 20 decimal digits that fit 64 bits, as Datadog writes.
  private func decimal() -> UInt64? {
    guard (1...20).contains(count), count != 16 else { return nil }
    guard let id = UInt64(String(decoding: bytes.copy(index, end), as: UTF8.self)), id != 0 else {
      return nil
    }
    return id
  }
}
