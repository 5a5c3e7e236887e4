internal import Exposition
internal import PromQL
internal import Serving

/// Why a request to Prometheus' API has no answer, in that API's words.
struct QueryFault: Error {
  let type: PrometheusAnswer.ErrorType
  let message: String
  /// The limit of queries that was met, as the configuration names it below `limits`.
  var limit: String?

  /// A parameter that cannot be read.
  init(_ parameter: String, _ cause: String) {
    type = .badData
    message = "invalid parameter \"\(parameter)\": \(cause)"
  }

  /// A request that makes no sense.
  init(_ message: String) {
    type = .badData
    self.message = message
  }

  /// A text in `parameter` that is no query.
  init(parsing error: QueryError, of parameter: String) {
    self.init(parameter, "\(error)")
  }

  /// What went wrong while a query ran.
  init(running error: QueryError) {
    type =
      switch error.kind {
      case .badData: .badData
      case .execution, .limit: .execution
      case .timeout: .timeout
      case .canceled: .canceled
      case .unavailable: .internalError
      }
    message = "\(error)"
    limit =
      switch error.kind {
      case .limit: "query_samples"
      case .timeout: "query_time"
      default: nil
      }
  }

  var response: Response {
    Response(status: status, body: PrometheusAnswer.failure(type, message))
  }

  private var status: Int {
    switch type {
    case .badData: 400
    case .execution: 422
    case .timeout, .canceled, .unavailable: 503
    case .internalError: 500
    }
  }
}
