/// A function of the language and the types of its arguments.
package struct Function: Equatable, Sendable {
  /// Its name.
  package let name: String
  /// The arguments, those that may be left out included; the last repeats when `isVariadic`.
  package let arguments: [ValueType]
  /// How many of them may be left out.
  package let optionalCount: Int
  /// Whether the last argument may repeat.
  package let isVariadic: Bool
  /// What it answers.
  package let result: ValueType

  /// The function called `name`, in the case written.
  package static func named(_ name: String) -> Self? { table[name] }

  var leastCount: Int { arguments.count - optionalCount }

  private static let table: [String: Self] = {
    var table: [String: Self] = [:]
    func add(
      _ names: String, _ arguments: [ValueType], optional: Int = 0, variadic: Bool = false,
      _ result: ValueType = .vector
    ) {
      for name in names.split(separator: " ") {
        table[String(name)] = Self(
          name: String(name), arguments: arguments, optionalCount: optional,
          isVariadic: variadic, result: result)
      }
    }
    add(
      """
      abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log2 log10 rad sgn sin \
      sinh sqrt tan tanh timestamp sort sort_desc absent histogram_avg histogram_count \
      histogram_sum histogram_stddev histogram_stdvar
      """, [.vector])
    add(
      """
      changes delta deriv idelta increase irate rate resets avg_over_time count_over_time \
      last_over_time first_over_time max_over_time min_over_time stddev_over_time \
      stdvar_over_time sum_over_time present_over_time absent_over_time mad_over_time \
      ts_of_max_over_time ts_of_min_over_time ts_of_last_over_time ts_of_first_over_time
      """, [.matrix])
    add(
      "day_of_month day_of_week day_of_year days_in_month hour minute month year", [.vector],
      optional: 1)
    add("clamp", [.vector, .scalar, .scalar])
    add("clamp_max clamp_min", [.vector, .scalar])
    add("double_exponential_smoothing", [.matrix, .scalar, .scalar])
    add("predict_linear", [.matrix, .scalar])
    add("quantile_over_time", [.scalar, .matrix])
    add("histogram_fraction", [.scalar, .scalar, .vector])
    add("histogram_quantile", [.scalar, .vector])
    add("histogram_quantiles", [.vector, .string, .scalar, .scalar], optional: 1, variadic: true)
    add("label_replace", [.vector, .string, .string, .string, .string])
    add("label_join", [.vector, .string, .string, .string], optional: 1, variadic: true)
    add("sort_by_label sort_by_label_desc", [.vector, .string], optional: 1, variadic: true)
    add("round", [.vector, .scalar], optional: 1)
    add("vector", [.scalar])
    add("scalar", [.vector], .scalar)
    add("pi time start end step range", [], .scalar)
    add("min_of max_of", [.scalar, .scalar], .scalar)
    return table
  }()
}
