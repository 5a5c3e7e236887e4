/// One price file as read: providers and models in the file's order, which decides who matches.
struct PriceSource: Sendable {
  /// The file's name, or that of the book inside the program.
  let name: String
  var providers: [Provider] = []
  /// Regular expressions, numbered by the clauses that ask them.
  var expressions: [[UInt8]] = []

  struct Provider: Sendable {
    var id: [UInt8] = []
    var providerMatch: NameClause?
    var modelMatch: NameClause?
    /// Providers whose models this one sells too.
    var fallbacks: [[UInt8]] = []
    var models: [Model] = []
  }

  struct Model: Sendable {
    var id = ""
    var match = NameClause.or([])
    var entries: [Entry] = []
    var variants: [Variant] = []
    var contextWindow: Int64?
    var isDeprecated = false
  }

  /// Prices and when they hold.
  struct Entry: Sendable {
    var constraint = Constraint()
    var prices = PriceSet()
  }

  /// What replaces single prices in a service tier.
  struct Variant: Sendable {
    /// Name and value of every condition.
    var conditions: [(name: String, value: String)] = []
    var constraint = Constraint()
    var prices = PriceSet()
  }

  /// When a row of prices holds; everything absent is always.
  struct Constraint: Sendable {
    /// UTC days counted from 1970: the first day on which it holds, and the first after it.
    var fromDay: Int64?
    var toDay: Int64?
    /// UTC time of day in ns: the start included, the end not; an end before the start wraps.
    var startTime: Int64?
    var endTime: Int64?

    /// Whether it holds on a day, at a time of that day.
    func holds(day: Int64, time: Int64) -> Bool {
      if let fromDay, day < fromDay { return false }
      if let toDay, day >= toDay { return false }
      switch (startTime, endTime) {
      case (nil, nil): return true
      case (let start?, nil): return time >= start
      case (nil, let end?): return time < end
      case (let start?, let end?):
        return start <= end ? time >= start && time < end : time >= start || time < end
      }
    }
  }

  /// An empty source.
  init(name: String) { self.name = name }
}
