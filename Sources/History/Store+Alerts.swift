/// Alerts: what they remember, their history, and the outbox.
extension Store {
  /// ns that alerts which are over, and messages that left the outbox, are kept.
  private static let alertAge: Int64 = 400 * 86_400 * 1_000_000_000
  private static let messageAge: Int64 = 30 * 86_400 * 1_000_000_000
  /// Old rows that go with one transaction.
  private static let rowsAtOnce = 200

  /// Stores what changed about alerts in one transaction: all of it or nothing. `now` is in ns
  /// since 1970.
  package func save(_ alerts: AlertSave, now: Int64) throws(StoreError) {
    if let damage { throw damage }
    do throws(StoreError) {
      try inTransaction { () throws(StoreError) in
        try remember(alerts)
        for record in alerts.records { try write(record) }
        for message in alerts.messages { try write(message) }
        for outcome in alerts.outcomes { try write(outcome) }
        if !alerts.records.isEmpty || !alerts.messages.isEmpty { try removeOld(now) }
      }
    } catch {
      note(damage: error)
      throw error
    }
  }

  private func remember(_ alerts: AlertSave) throws(StoreError) {
    if alerts.replacesMemory { try database.execute("DELETE FROM alert_memory") }
    guard !alerts.memory.isEmpty else { return }
    let write = try database.prepare(
      "INSERT OR REPLACE INTO alert_memory VALUES (?1, ?2)", isPersistent: false)
    let remove = try database.prepare(
      "DELETE FROM alert_memory WHERE key = ?1", isPersistent: false)
    for (key, bytes) in alerts.memory {
      guard let bytes else {
        remove.bind(1, text: key)
        try remove.run()
        continue
      }
      write.bind(1, text: key)
      write.bind(2, blob: bytes)
      try write.run()
    }
  }

  private func write(_ record: AlertRecord) throws(StoreError) {
    let statement = try database.prepare(
      """
      INSERT INTO alerts (fingerprint, rule, name, labels, annotations, value, active_at, fired_at,
        resolved_at, acknowledged_at, acknowledged_by, comment, cause)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
      ON CONFLICT (fingerprint, rule, fired_at) DO UPDATE SET annotations = ?5, value = ?6,
        resolved_at = ?9, acknowledged_at = coalesce(?10, acknowledged_at),
        acknowledged_by = coalesce(?11, acknowledged_by), comment = coalesce(?12, comment),
        cause = coalesce(?13, cause)
      """, isPersistent: false)
    for (index, text) in [record.fingerprint, record.rule, record.name].enumerated() {
      statement.bind(Int32(index + 1), text: text)
    }
    statement.bind(4, text: record.labels)
    statement.bind(5, text: record.annotations)
    statement.bind(6, text: record.value)
    statement.bind(7, record.activeAt)
    statement.bind(8, record.firedAt)
    if let time = record.resolvedAt { statement.bind(9, time) }
    if let time = record.acknowledgedAt { statement.bind(10, time) }
    if let person = record.acknowledgedBy { statement.bind(11, text: person) }
    if let comment = record.comment { statement.bind(12, text: comment) }
    if let cause = record.cause { statement.bind(13, text: cause) }
    try statement.run()
  }

  private func write(_ message: OutboxMessage) throws(StoreError) {
    let statement = try database.prepare(
      """
      INSERT OR IGNORE INTO notifications
        (key, receiver, reason, group_key, alerts, created_at, state, attempts, document)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', 0, ?7)
      """, isPersistent: false)
    let texts = [message.key, message.receiver, message.reason, message.groupKey]
    for (index, text) in texts.enumerated() { statement.bind(Int32(index + 1), text: text) }
    statement.bind(5, Int64(message.alerts))
    statement.bind(6, message.createdAt)
    statement.bind(7, text: message.document)
    try statement.run()
  }

  private func write(_ outcome: OutboxOutcome) throws(StoreError) {
    let statement = try database.prepare(
      """
      UPDATE notifications SET state = ?2, attempts = ?3, tried_at = ?4, error = ?5 WHERE key = ?1
      """,
      isPersistent: false)
    statement.bind(1, text: outcome.key)
    statement.bind(2, text: outcome.state.rawValue)
    statement.bind(3, Int64(outcome.attempts))
    statement.bind(4, outcome.at)
    if let error = outcome.error { statement.bind(5, text: error) }
    try statement.run()
  }

  private func removeOld(_ now: Int64) throws(StoreError) {
    let removals = [
      ("alerts", "resolved_at", now - Self.alertAge),
      ("notifications", "state <> 'queued' AND created_at", now - Self.messageAge),
    ]
    for (table, condition, horizon) in removals {
      try database.execute(
        """
        DELETE FROM \(table) WHERE id IN
          (SELECT id FROM \(table) WHERE \(condition) < \(horizon) LIMIT \(Self.rowsAtOnce))
        """)
    }
  }
}
