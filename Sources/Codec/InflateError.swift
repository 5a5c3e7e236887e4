/// Why compressed bytes could not be inflated; positions count compressed bytes from 0.
package enum InflateError: Error, Equatable, Sendable {
  /// The bytes before `position` are no valid stream.
  case corrupt(position: Int, cause: String)
  /// The stream stops at `position` before its end.
  case truncated(position: Int)
  /// More than `limit` bytes would come out.
  case limit(Int)
}

extension InflateError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .corrupt(let position, let cause):
      "cannot inflate the body: \(cause) at compressed byte \(position)"
    case .truncated(let position):
      "cannot inflate the body: it ends early, after \(position) compressed bytes"
    case .limit(let limit):
      "cannot inflate the body: it is larger than \(limit) bytes inflated"
    }
  }
}
