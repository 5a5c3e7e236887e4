internal import Money
internal import Telemetry

/// By what calls are similar: the model that was asked for, or that answered.
struct SimilarCallModels: Hashable {
  let model: [UInt8]
  let responseModel: [UInt8]

  private static let columns = (
    EventRowJSON.column("model"), EventRowJSON.column("response_model")
  )

  /// The models of the current row.
  init(_ row: Statement) {
    model = row.bytes(Self.columns.0) ?? []
    responseModel = row.bytes(Self.columns.1) ?? []
  }
}

extension EventReader {
  /// Newest rows among which similar calls are looked for.
  private static let recent: Int64 = 100_000

  /// Gives the calls of a trace that say no usage the bounds of similar calls.
  func bound(_ trace: inout TraceRows, _ newest: Int64) throws(StoreError) {
    let wanted = trace.modelsWithoutUsage
    if wanted.isEmpty { return }
    let costs = try database.prepare(
      """
      SELECT cost FROM events WHERE id BETWEEN ?1 AND ?2 AND type = \(EventType.llm.rawValue)
        AND cost IS NOT NULL
        AND cost_status IN (\(CostStatus.reported.rawValue), \(CostStatus.computed.rawValue))
        AND operation IN (SELECT id FROM operations WHERE model = ?3 OR response_model = ?4)
      ORDER BY id DESC LIMIT \(SimilarCalls.remembered)
      """)
    var known: [SimilarCallModels: SimilarCalls.Bounds] = [:]
    for models in wanted {
      costs.bind(1, newest - Self.recent)
      costs.bind(2, newest)
      // An absent model binds as nothing and is like no other.
      if models.model.isEmpty { costs.bindNull(3) } else { costs.bind(3, text: models.model) }
      if models.responseModel.isEmpty {
        costs.bindNull(4)
      } else {
        costs.bind(4, text: models.responseModel)
      }
      var similar = SimilarCalls(kinds: 1)
      while try costs.step() { similar.note(costs.integer(0), kind: 0) }
      costs.reset()
      known[models] = similar.bounds(kind: 0)
    }
    trace.bound(by: known)
  }
}
