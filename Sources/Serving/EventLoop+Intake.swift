internal import Codec
internal import HTTP
internal import Intake
internal import LinuxIO
internal import Telemetry
internal import Windows

extension EventLoop {
  /// Decodes an intake request's body and hands it to the writer.
  func takeIn(_ connection: Connection, _ format: IntakeFormat) {
    switch format {
    case .events: takeInEvents(connection)
    case .otlp(let signal): takeInOTLP(connection, signal)
    }
  }

  private func takeInEvents(_ connection: Connection) {
    guard inflated(connection), let request = connection.request else { return }
    let batch = batches.batch(around: request.body)
    connection.request?.body = batches.slab(0)
    batch.door = .http
    batch.receivedAt = request.receivedAt
    bind(batch, to: request.caller)
    batch.idempotencyKey = Array(request.idempotencyKey.utf8)
    batch.ticket = connection.token
    var extent = RecordExtent(end: batch.body.count)
    if !request.query.isEmpty, let refusal = addDefaults(request.query, to: batch, &extent) {
      batches.giveBack(batch)
      return answer(connection, refusal.response(id: request.id))
    }
    if MediaType(Array(request.contentType.utf8))?.is("application", "json") == true {
      _ = decoder.decodeDocument(batch, extent)
    } else {
      decoder.decodeLines(batch, extent)
    }
    handOver(batch, connection)
  }

  private func addDefaults(
    _ query: String, to batch: EventBatch, _ extent: inout RecordExtent
  ) -> ErrorBody? {
    do throws(HTTPFailure) {
      let fields = try FormFields(Array(query.utf8))
      do throws(RecordDefaults.UnknownField) {
        batch.body.append(try RecordDefaults.json(fields.pairs))
        extent.hasDefaults = !fields.pairs.isEmpty
        return nil
      } catch {
        return ErrorBody(
          400, "unknown_field", "\(error.name) is no field that can be given for all events")
      }
    } catch {
      return ErrorBody(400, "bad_query", "the query string is not well encoded")
    }
  }

  /// Notes who sent a batch, and whose it is for that.
  func bind(_ batch: EventBatch, to caller: Caller) {
    batch.peer = Array(caller.client.utf8)
    guard let tenant = caller.principal.tenant else { return }
    batch.bind(to: Array(tenant.utf8), scope: caller.principal.tenantScope)
  }

  /// Gives a decoded batch to the writer, or answers that there is no room.
  func handOver(_ batch: EventBatch, _ connection: Connection) {
    if let caller = connection.request?.caller { charge(batch.recordCount, to: caller) }
    let held = memoryHeld(by: batch)
    guard shared.memory.reserve(held) else {
      return shed(batch, .memory, connection)
    }
    batch.reserved = held
    books.enter(batch)
    guard journal.push(batch) else {
      books.leave(batch)
      shared.memory.release(held)
      return shed(batch, .queueFull, connection)
    }
  }

  private func memoryHeld(by batch: EventBatch) -> Int {
    batch.body.capacity + batch.scratch.capacity + batch.count * MemoryLayout<Event>.stride
      + batch.samples.byteCount
  }

  private func shed(_ batch: EventBatch, _ reason: ShedReason, _ connection: Connection) {
    books.shed(batch, reason)
    batches.giveBack(batch)
    answer(connection, refusal(overloaded(reason), of: connection.request))
  }

  /// Nothing of the request was taken; it may come again when there is room.
  func overloaded(_ reason: ShedReason) -> ErrorBody {
    ErrorBody(
      503, "overloaded", "the collector cannot take this in now (\(reason.text))",
      hint: "send it again after Retry-After",
      retryAfter: rate.retryAfter(journal.length * 500))
  }

  /// Answers everything the writer is done with.
  func takeVerdicts() {
    var seen: [EventBatch] = []
    while let batch = journal.takeVerdict() {
      shared.memory.release(batch.reserved)
      let now = Clock.wall
      if batch.outcome != .committed, settings.countsUnstored { batch.decideUnstored() }
      if batch.isCounted { windows.record(batch, now: now) }
      books.settle(batch, now: now)
      rate.count(batch.recordCount, at: Clock.coarseMonotonic)
      if batch.outcome == .committed { shared.rejects.keep(batch) }
      if batch.door != .udp, let connection = connection(batch.ticket) {
        answer(connection, reply(to: batch, connection.request))
      }
      if batch.callTexts.isEmpty { batches.giveBack(batch) } else { seen.append(batch) }
    }
    // Once all have their answers.
    for batch in seen {
      sight?(batch)
      batches.giveBack(batch)
    }
    for notice in journal.takeNotices() { windows.record(notice, now: Clock.wall) }
  }

  private func reply(to batch: EventBatch, _ request: PendingRequest?) -> Response {
    if batch.door == .otlp, let request, let otlp = otlpAnswer(request) {
      return reply(to: batch, request, otlp)
    }
    if case .refused(let trouble) = batch.outcome {
      if batch.isCounted {
        return Response(
          headers: [("Barograph-Durability", "none")],
          body: IntakeAnswer.json(batch, trouble: trouble))
      }
      return Self.refused(trouble).response(id: request?.id ?? "")
    }
    let onlyRejects = batch.count == 0 && batch.rejectedCount > 0
    return Response(
      status: onlyRejects ? 400 : 200,
      headers: [("Barograph-Durability", settings.durability)],
      body: IntakeAnswer.json(batch))
  }
}

extension EventBatch {
  /// Whether its events are in the windows: they are stored, or count without the store.
  var isCounted: Bool {
    switch outcome {
    case .committed: true
    case .pending: false
    case .refused: hasDecisions
    }
  }
}

/// The answer to intake: what became of the records, and why of the first refused ones.
enum IntakeAnswer {
  /// `trouble` is why nothing of it is stored, where it is counted all the same.
  static func json(_ batch: EventBatch, trouble: StoreTrouble? = nil) -> [UInt8] {
    var duplicates = 0
    for index in 0..<batch.count where batch.verdict(index) == .duplicate { duplicates += 1 }
    var json = JSONWriter()
    json.beginObject()
    json.key("accepted")
    json.value(batch.count - duplicates)
    json.key("duplicates")
    json.value(duplicates)
    json.key("rejected")
    json.value(batch.rejectedCount)
    json.key("errors")
    json.beginArray()
    for rejection in batch.rejections.prefix(Limits.namedRejections) {
      json.beginObject()
      json.key("line")
      json.value(rejection.line)
      json.key("code")
      json.value(rejection.code.text)
      json.key("field")
      json.value(utf8: rejection.field)
      json.key("message")
      json.value(rejection.message)
      json.endObject()
    }
    json.endArray()
    if let trouble {
      json.key("stored")
      json.value(false)
      json.key("trouble")
      json.value(trouble.text)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }
}
