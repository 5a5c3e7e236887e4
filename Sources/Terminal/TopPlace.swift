/// Where a person looks: a table of groups, recent calls, or a trace, and how it is shown there.
struct TopPlace: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case groups(TopSubject)
    case calls
    case trace(String)
  }

  var kind: Kind
  /// Labels that narrow it down, from the rows that were opened on the way.
  var filter: [Label] = []
  /// What the way here is called, for the breadcrumb.
  var title: String
  /// The filter that was typed.
  var condition = ""
  var sort: String
  var isInverted = false
  /// The row that is marked, and the first row on the screen.
  var index = 0
  var top = 0
  /// What the marked row is told by, once a person has moved to it.
  var key: [String]?

  struct Label: Equatable, Sendable {
    let name: String
    let value: String
  }

  /// The table of a subject.
  init(_ subject: TopSubject, title: String? = nil, filter: [Label] = []) {
    kind = .groups(subject)
    self.title = title ?? subject.rawValue
    self.filter = filter
    sort = subject.usualSort
  }

  init(_ kind: Kind, title: String, filter: [Label] = []) {
    self.kind = kind
    self.title = title
    self.filter = filter
    sort = ""
  }

  var subject: TopSubject? {
    if case .groups(let subject) = kind { subject } else { nil }
  }
}

/// Which part of the picture the keys move in.
enum TopPane: Int, CaseIterable, Sendable {
  case table, graph, events, alerts
}

/// A line that a person types.
struct TopPrompt: Equatable, Sendable {
  enum Purpose: Equatable, Sendable {
    case search, filter, palette
    /// How long to silence an alert.
    case silence(id: String)
  }

  let purpose: Purpose
  var text: String

  /// What stands before the text.
  var label: String {
    switch purpose {
    case .search: "/"
    case .filter: "\\"
    case .palette: ":"
    case .silence: "silence for "
    }
  }
}

/// What lies over the picture.
enum TopOverlay: Equatable, Sendable {
  case help(top: Int)
  case settings(index: Int)
}
