/// One word or sign of a query.
struct Token: Equatable {
  enum Kind: Equatable {
    case identifier(String)
    /// A number, or a duration in seconds.
    case number(Double, isDuration: Bool)
    case string(String, isText: Bool)
    case sign(Sign)
    case end
  }

  enum Sign: String {
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case colon = ":"
    case at = "@"
    case assign = "="
    case matches = "=~"
    case matchesNot = "!~"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case trimUpper = "</"
    case trimLower = ">/"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case slash = "/"
    case percent = "%"
    case caret = "^"
  }

  let kind: Kind
  let span: Range<Int>

  var words: String {
    switch kind {
    case .identifier(let name): "identifier \"\(name)\""
    case .number(_, isDuration: true): "duration"
    case .number: "number"
    case .string: "string"
    case .sign(let sign): "\"\(sign.rawValue)\""
    case .end: "end of input"
    }
  }
}
