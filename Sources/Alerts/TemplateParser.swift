/// Reads a template by recursive descent; variables and functions must be known where they stand.
struct TemplateParser {
  private static let depthLimit = 100
  private var lexer: TemplateLexer
  private var token = TemplateToken(kind: .end, offset: 0)
  private var ahead: TemplateToken?
  private var variables: [String]
  /// Whether functions that Prometheus' rules do not know may be called.
  private let forMessages: Bool
  private var definitions: [String: [TemplateNode]] = [:]
  private var depth = 0
  private var loops = 0

  init(_ text: [UInt8], knowing variables: [String], forMessages: Bool) {
    lexer = TemplateLexer(text)
    self.variables = variables
    self.forMessages = forMessages
  }

  /// What ended a list of nodes.
  private enum Ending: Equatable {
    case text
    case end
    case alternative
  }

  mutating func all() throws(TemplateError) -> ([TemplateNode], [String: [TemplateNode]]) {
    try advance()
    let (nodes, ending) = try list()
    guard ending == .text else {
      throw fault(ending == .end ? "unexpected {{end}}" : "unexpected {{else}}")
    }
    return (nodes, definitions)
  }

  private mutating func advance() throws(TemplateError) {
    if let ahead {
      token = ahead
      self.ahead = nil
    } else {
      token = try lexer.next()
    }
  }

  private mutating func peek() throws(TemplateError) -> TemplateToken {
    if let ahead { return ahead }
    let next = try lexer.next()
    ahead = next
    return next
  }

  private func fault(_ message: String) -> TemplateError {
    lexer.fault(message, at: token.offset)
  }

  private mutating func close(_ context: String) throws(TemplateError) {
    guard token.kind == .close else {
      throw fault("unexpected \(token.words) in \(context)")
    }
    try advance()
  }

  private mutating func enter() throws(TemplateError) {
    depth += 1
    if depth > Self.depthLimit { throw fault("nested too deeply") }
  }
}

/// Texts, actions and blocks.
extension TemplateParser {
  /// Nodes up to `end`, `else` or the end of the text. After `else` its word is the token.
  private mutating func list() throws(TemplateError) -> ([TemplateNode], Ending) {
    try enter()
    defer { depth -= 1 }
    var nodes: [TemplateNode] = []
    while true {
      switch token.kind {
      case .end: return (nodes, .text)
      case .text(let text):
        nodes.append(.text(text))
        try advance()
      default:
        try advance()
        if let ending = try ending() { return (nodes, ending) }
        if let node = try action() { nodes.append(node) }
      }
    }
  }

  private mutating func ending() throws(TemplateError) -> Ending? {
    switch token.kind {
    case .name("end"):
      try advance()
      try close("end")
      return .end
    case .name("else"):
      try advance()
      return .alternative
    default: return nil
    }
  }

  private mutating func action() throws(TemplateError) -> TemplateNode? {
    guard case .name(let name) = token.kind else { return .action(try actionPipeline()) }
    switch name {
    case "if", "with", "range":
      let kind = TemplateBranch.Kind(rawValue: name)
      try advance()
      return try kind.map { kind throws(TemplateError) in .branch(try branch(kind)) }
    case "break", "continue":
      guard loops > 0 else { throw fault("{{\(name)}} outside {{range}}") }
      try advance()
      try close(name)
      return name == "break" ? .breakLoop : .continueLoop
    case "define":
      try define()
      return nil
    case "template", "block": return try include(isBlock: name == "block")
    default: return .action(try actionPipeline())
    }
  }

  private mutating func actionPipeline() throws(TemplateError) -> TemplatePipeline {
    let pipeline = try pipeline("command", allowsPair: false)
    try close("command")
    return pipeline
  }

  private mutating func branch(
    _ kind: TemplateBranch.Kind
  ) throws(TemplateError) -> TemplateBranch {
    try enter()
    defer { depth -= 1 }
    let known = variables.count
    let pipeline = try pipeline(kind.rawValue, allowsPair: kind == .range)
    try close(kind.rawValue)
    if kind == .range { loops += 1 }
    let (body, ending) = try list()
    if kind == .range { loops -= 1 }
    variables.removeSubrange((known + (pipeline.isAssignment ? 0 : pipeline.variables.count))...)
    var alternative: [TemplateNode] = []
    switch ending {
    case .text: throw fault("unexpected end of the text in \(kind.rawValue)")
    case .end: break
    case .alternative: alternative = try self.alternative(of: kind)
    }
    variables.removeSubrange(known...)
    return TemplateBranch(kind: kind, pipeline: pipeline, body: body, alternative: alternative)
  }

  /// What follows `else`: a branch of its own, or nodes up to `end`.
  private mutating func alternative(
    of kind: TemplateBranch.Kind
  ) throws(TemplateError) -> [TemplateNode] {
    if kind != .range, token.kind == .name(kind.rawValue) {
      try advance()
      return [.branch(try branch(kind))]
    }
    try close("else")
    let (nodes, ending) = try list()
    guard ending == .end else {
      throw fault(ending == .text ? "unexpected end of the text in else" : "unexpected {{else}}")
    }
    return nodes
  }

  private mutating func define() throws(TemplateError) {
    try advance()
    guard depth == 1 else { throw fault("{{define}} inside another block") }
    let name = try templateName("define")
    try close("define")
    definitions[name] = try definition()
  }

  private mutating func definition() throws(TemplateError) -> [TemplateNode] {
    let (outer, outerLoops) = (variables, loops)
    (variables, loops) = (["$"], 0)
    let (nodes, ending) = try list()
    guard ending == .end else { throw fault("no {{end}} of a definition") }
    (variables, loops) = (outer, outerLoops)
    return nodes
  }

  private mutating func include(isBlock: Bool) throws(TemplateError) -> TemplateNode {
    let offset = token.offset
    let context = isBlock ? "block" : "template"
    try advance()
    let name = try templateName(context)
    let pipeline = token.kind == .close ? nil : try pipeline(context, allowsPair: false)
    try close(context)
    if isBlock { definitions[name] = try definition() }
    return .include(name: name, pipeline, offset: offset)
  }

  private mutating func templateName(_ context: String) throws(TemplateError) -> String {
    guard case .string(let name) = token.kind else {
      throw fault("unexpected \(token.words) in \(context); expected a name in quotes")
    }
    try advance()
    return name
  }
}

/// Pipelines, commands and operands.
extension TemplateParser {
  private mutating func pipeline(
    _ context: String, allowsPair: Bool
  ) throws(TemplateError) -> TemplatePipeline {
    try enter()
    defer { depth -= 1 }
    var pipeline = TemplatePipeline(offset: token.offset)
    try variables(of: &pipeline, allowsPair: allowsPair)
    repeat {
      if token.kind == .pipe { try advance() }
      guard token.kind != .close, token.kind != .rightParenthesis else {
        throw fault("missing value for \(context)")
      }
      let command = try command()
      if !pipeline.commands.isEmpty, !command.isFunction {
        throw lexer.fault("non executable command in pipeline", at: command.offset)
      }
      pipeline.commands.append(command)
    } while token.kind == .pipe
    if !pipeline.isAssignment { variables += pipeline.variables }
    return pipeline
  }

  private mutating func variables(
    of pipeline: inout TemplatePipeline, allowsPair: Bool
  ) throws(TemplateError) {
    guard case .variable(let name) = token.kind else { return }
    switch try peek().kind {
    case .declare, .assign:
      pipeline.variables = [name]
    case .comma where allowsPair:
      try advance()
      try advance()
      guard case .variable(let second) = token.kind else {
        throw fault("unexpected \(token.words) in range; expected a variable")
      }
      pipeline.variables = [name, second]
    default: return
    }
    try advance()
    guard token.kind == .declare || token.kind == .assign else {
      throw fault("unexpected \(token.words) in range; expected :=")
    }
    pipeline.isAssignment = token.kind == .assign
    if pipeline.isAssignment { for name in pipeline.variables { try require(name) } }
    try advance()
  }

  private func require(_ variable: String) throws(TemplateError) {
    guard variables.contains(variable) else { throw fault("undefined variable \"\(variable)\"") }
  }

  private mutating func command() throws(TemplateError) -> TemplateCommand {
    var command = TemplateCommand(operands: [], offset: token.offset)
    while true {
      switch token.kind {
      case .close, .rightParenthesis, .pipe:
        guard !command.operands.isEmpty else { throw fault("empty command") }
        return command
      default:
        guard command.operands.isEmpty || token.isApart else {
          throw fault("unexpected \(token.words) in operand")
        }
        command.operands.append(try operand())
      }
    }
  }

  private mutating func operand() throws(TemplateError) -> TemplateOperand {
    var operand = try term()
    while case .field(let name) = token.kind, !token.isApart {
      switch operand {
      case .literal, .null: throw fault("unexpected . after a constant")
      default: operand = .field(operand, name)
      }
      try advance()
    }
    return operand
  }

  private mutating func term() throws(TemplateError) -> TemplateOperand {
    let operand: TemplateOperand
    switch token.kind {
    case .dot: operand = .dot
    case .field(let name): operand = .field(.dot, name)
    case .variable(let name):
      try require(name)
      operand = .variable(name)
    case .string(let text): operand = .literal(.string(text))
    case .character(let number): operand = .literal(.int(number))
    case .number(let text): operand = .literal(try number(text))
    case .name("true"): operand = .literal(.bool(true))
    case .name("false"): operand = .literal(.bool(false))
    case .name("nil"): operand = .null
    case .name(let name):
      guard let function = TemplateFunction(rawValue: name),
        forMessages || function != .toJson
      else {
        throw fault("function \"\(name)\" not defined")
      }
      operand = .function(name)
    case .leftParenthesis:
      try advance()
      let pipeline = try pipeline("parenthesized pipeline", allowsPair: false)
      guard token.kind == .rightParenthesis else { throw fault("unclosed left parenthesis") }
      operand = .pipeline(pipeline)
    default: throw fault("unexpected \(token.words) in operand")
    }
    try advance()
    return operand
  }

  private func number(_ text: String) throws(TemplateError) -> TemplateValue {
    let plain = text.filter { $0 != "_" }
    let sign = plain.hasPrefix("-") ? "-" : ""
    let digits = plain.drop { $0 == "-" || $0 == "+" }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where digits.lowercased().hasPrefix(prefix) {
      guard let value = Int64(sign + digits.dropFirst(2), radix: radix) else { break }
      return .int(value)
    }
    if digits.count > 1, digits.hasPrefix("0"), let octal = Int64(sign + digits, radix: 8) {
      return .int(octal)
    }
    if let whole = Int64(plain) { return .int(whole) }
    guard digits.first.map({ $0.isNumber || $0 == "." }) ?? false,
      let value = Double(digits.hasPrefix(".") ? sign + "0" + digits : sign + digits)
        ?? Double(sign + digits + "0")
    else { throw fault("bad number syntax: \(text)") }
    return .float(value)
  }
}

extension TemplateCommand {
  /// Whether a value from the left of a pipe can go in.
  fileprivate var isFunction: Bool {
    switch operands.first {
    case .function, .field, .variable: true
    default: false
    }
  }
}

extension TemplateToken {
  /// What an error calls it.
  fileprivate var words: String {
    switch kind {
    case .end: "end of the text"
    case .text: "text"
    case .open: "{{"
    case .close: "}}"
    case .name(let name): "\"\(name)\""
    case .field(let name): "<.\(name)>"
    case .variable(let name): "\"\(name)\""
    case .dot: "<.>"
    case .string(let text): TemplateQuote.text(text)
    case .number(let text): "\"\(text)\""
    case .character: "a character constant"
    case .pipe: "\"|\""
    case .comma: "\",\""
    case .declare: "\":=\""
    case .assign: "\"=\""
    case .leftParenthesis: "\"(\""
    case .rightParenthesis: "\")\""
    }
  }
}
