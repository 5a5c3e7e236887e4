extension Template {
  /// The text for `data`; throws where a value does not fit what is done with it, and when a bound
  /// of `TemplateLimits` is passed.
  package func expanded(
    _ data: TemplateData, in context: TemplateContext
  ) throws(TemplateError) -> String {
    if nodes.count == 1, case .text(let text) = nodes[0] { return text }
    var run = TemplateRun(self, data, context)
    return try run.text()
  }
}

extension Template {
  /// The text where the dot and `$` are `root` in place of a rule's data.
  func expanded(
    root: TemplateValue, in context: TemplateContext
  ) throws(TemplateError) -> String {
    var run = TemplateRun(self, variables: [("$", root)], context)
    return try run.text()
  }
}

/// One expansion of a template.
struct TemplateRun {
  private enum Flow {
    case next
    case breakLoop
    case continueLoop
  }

  private let template: Template
  let context: TemplateContext
  private var variables: [(name: String, value: TemplateValue)]
  private var output = ""
  private var steps = 0
  private var depth = 0

  init(_ template: Template, _ data: TemplateData, _ context: TemplateContext) {
    self.init(
      template,
      variables: [
        ("$", .root(data)), ("$labels", .labels(data.labels)),
        ("$externalLabels", .labels(data.externalLabels)),
        ("$externalURL", .string(data.externalURL)), ("$value", data.value.template),
        ("$usual", data.usual.map { .float($0) } ?? .none),
      ], context)
  }

  init(
    _ template: Template, variables: [(name: String, value: TemplateValue)],
    _ context: TemplateContext
  ) {
    self.template = template
    self.variables = variables
    self.context = context
  }

  mutating func text() throws(TemplateError) -> String {
    _ = try run(template.nodes, variables[0].value)
    return output
  }

  func fault(_ message: String, at offset: Int) -> TemplateError {
    TemplateError(message, at: offset, in: Array(template.source.utf8))
  }

  private mutating func spend(at offset: Int) throws(TemplateError) {
    steps += 1
    if steps > TemplateLimits.steps { throw fault("the template runs too long", at: offset) }
    if output.utf8.count > TemplateLimits.outputBytes {
      throw fault("the text is longer than \(TemplateLimits.outputBytes) bytes", at: offset)
    }
  }
}

/// Nodes.
extension TemplateRun {
  private mutating func run(
    _ nodes: [TemplateNode], _ dot: TemplateValue
  ) throws(TemplateError) -> Flow {
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .action(let pipeline):
        let value = try evaluate(pipeline, dot)
        if pipeline.variables.isEmpty { output += TemplateText.plain(value) }
      case .branch(let branch):
        let known = variables.count
        let flow = try run(branch, dot)
        variables.removeSubrange(known...)
        if flow != .next { return flow }
      case .include(let name, let pipeline, let offset):
        try include(name, pipeline, dot, offset)
      case .breakLoop: return .breakLoop
      case .continueLoop: return .continueLoop
      }
    }
    return .next
  }

  private mutating func run(
    _ branch: TemplateBranch, _ dot: TemplateValue
  ) throws(TemplateError) -> Flow {
    let value = try evaluate(branch.pipeline, dot, assignsVariables: branch.kind != .range)
    switch branch.kind {
    case .condition: return try run(value.isTrue ? branch.body : branch.alternative, dot)
    case .with:
      return value.isTrue ? try run(branch.body, value) : try run(branch.alternative, dot)
    case .range:
      let entries = try entries(of: value, at: branch.pipeline.offset)
      guard !entries.isEmpty else { return try run(branch.alternative, dot) }
      for (key, entry) in entries {
        try spend(at: branch.pipeline.offset)
        let known = variables.count
        try setLoop(branch.pipeline, key, entry)
        let flow = try run(branch.body, entry)
        variables.removeSubrange(known...)
        if flow == .breakLoop { break }
      }
      return .next
    }
  }

  private mutating func setLoop(
    _ pipeline: TemplatePipeline, _ key: TemplateValue, _ entry: TemplateValue
  ) throws(TemplateError) {
    let values = pipeline.variables.count == 2 ? [key, entry] : [entry]
    for (name, value) in zip(pipeline.variables, values) {
      try set(name, value, isAssignment: pipeline.isAssignment, at: pipeline.offset)
    }
  }

  private func entries(
    of value: TemplateValue, at offset: Int
  ) throws(TemplateError) -> [(TemplateValue, TemplateValue)] {
    switch value {
    case .vector(let samples):
      return samples.enumerated().map { (.int(Int64($0)), .sample($1)) }
    case .list(let values): return values.enumerated().map { (.int(Int64($0)), $1) }
    case .labels(let labels):
      return labels.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { (.string($0.key), .string($0.value)) }
    case .map(let entries):
      return entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { (.string($0.key), $0.value) }
    case .int(let count):
      guard count <= TemplateLimits.steps else { throw fault("range is too long", at: offset) }
      return (0..<max(0, count)).map { (.int($0), .int($0)) }
    case .none: return []
    default: throw fault("range can't iterate over a \(value.typeName)", at: offset)
    }
  }

  private mutating func include(
    _ name: String, _ pipeline: TemplatePipeline?, _ dot: TemplateValue, _ offset: Int
  ) throws(TemplateError) {
    guard let nodes = template.definitions[name] else {
      throw fault("template \"\(name)\" not defined", at: offset)
    }
    try spend(at: offset)
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.depth else {
      throw fault("exceeded maximum template depth (\(TemplateLimits.depth))", at: offset)
    }
    let inner: TemplateValue =
      try pipeline.map { value throws(TemplateError) in
        try evaluate(value, dot)
      } ?? .none
    let outer = variables
    variables = [("$", inner)]
    _ = try run(nodes, inner)
    variables = outer
  }
}

/// Pipelines.
extension TemplateRun {
  private mutating func evaluate(
    _ pipeline: TemplatePipeline, _ dot: TemplateValue, assignsVariables: Bool = true
  ) throws(TemplateError) -> TemplateValue {
    var value: TemplateValue?
    for command in pipeline.commands {
      try spend(at: command.offset)
      value = try evaluate(command, dot, piped: value)
    }
    let result = value ?? .none
    if assignsVariables {
      for name in pipeline.variables {
        try set(name, result, isAssignment: pipeline.isAssignment, at: pipeline.offset)
      }
    }
    return result
  }

  private mutating func set(
    _ name: String, _ value: TemplateValue, isAssignment: Bool, at offset: Int
  ) throws(TemplateError) {
    guard isAssignment else {
      variables.append((name, value))
      return
    }
    guard let place = variables.lastIndex(where: { $0.name == name }) else {
      throw fault("undefined variable \"\(name)\"", at: offset)
    }
    variables[place].value = value
  }

  private mutating func evaluate(
    _ command: TemplateCommand, _ dot: TemplateValue, piped: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    let first = command.operands[0]
    if case .function(let name) = first {
      guard let function = TemplateFunction(rawValue: name) else {
        preconditionFailure("the parser knows every function it lets through")
      }
      if function == .and || function == .or {
        return try shortCircuit(function, command, dot, piped)
      }
      var arguments: [TemplateValue] = []
      for operand in command.operands.dropFirst() {
        arguments.append(try evaluate(operand, dot, at: command.offset))
      }
      if let piped { arguments.append(piped) }
      return try call(function, arguments, at: command.offset)
    }
    guard command.operands.count == 1, piped == nil else {
      throw fault("can't give argument to non-function", at: command.offset)
    }
    if first == .null { throw fault("nil is not a command", at: command.offset) }
    return try evaluate(first, dot, at: command.offset)
  }

  private func call(
    _ function: TemplateFunction, _ arguments: [TemplateValue], at offset: Int
  ) throws(TemplateError) -> TemplateValue {
    do throws(TemplateFunction.Failure) {
      let value = try function.value(arguments, context)
      if case .string(let text) = value, text.utf8.count > TemplateLimits.outputBytes {
        throw TemplateFunction.Failure(
          "a text longer than \(TemplateLimits.outputBytes) bytes")
      }
      return value
    } catch {
      throw fault("error calling \(function.rawValue): \(error.message)", at: offset)
    }
  }

  /// `and` and `or` look no further than the value that decides.
  private mutating func shortCircuit(
    _ function: TemplateFunction, _ command: TemplateCommand, _ dot: TemplateValue,
    _ piped: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    var value: TemplateValue?
    for operand in command.operands.dropFirst() {
      let next = try evaluate(operand, dot, at: command.offset)
      if next.isTrue == (function == .or) { return next }
      value = next
    }
    guard let value = piped ?? value else {
      throw fault(
        "wrong number of args for \(function.rawValue): want at least 1 got 0",
        at: command.offset)
    }
    return value
  }

  private mutating func evaluate(
    _ operand: TemplateOperand, _ dot: TemplateValue, at offset: Int
  ) throws(TemplateError) -> TemplateValue {
    switch operand {
    case .dot: return dot
    case .null: return .none
    case .literal(let value): return value
    case .function(let name):
      return try evaluate(
        TemplateCommand(operands: [.function(name)], offset: offset), dot, piped: nil)
    case .variable(let name):
      guard let variable = variables.last(where: { $0.name == name }) else {
        throw fault("undefined variable \"\(name)\"", at: offset)
      }
      return variable.value
    case .pipeline(let pipeline):
      let known = variables.count
      defer { variables.removeSubrange(known...) }
      return try evaluate(pipeline, dot)
    case .field(let inner, let name):
      return try field(name, of: try evaluate(inner, dot, at: offset), at: offset)
    }
  }

  private func field(
    _ name: String, of value: TemplateValue, at offset: Int
  ) throws(TemplateError) -> TemplateValue {
    switch (value, name) {
    case (.labels(let labels), _): return .string(labels[name] ?? "")
    case (.map(let entries), _): return entries[name] ?? .none
    case (.sample(let sample), "Labels"): return .labels(sample.labels)
    case (.sample(let sample), "Value"): return .float(sample.value)
    case (.root(let data), "Labels"): return .labels(data.labels)
    case (.root(let data), "ExternalLabels"): return .labels(data.externalLabels)
    case (.root(let data), "ExternalURL"): return .string(data.externalURL)
    case (.root(let data), "Value"): return data.value.template
    case (.root(let data), "Usual"): return data.usual.map { .float($0) } ?? .none
    case (.none, _): throw fault("nil data; no entry for key \"\(name)\"", at: offset)
    default: throw fault("can't evaluate field \(name) in type \(value.typeName)", at: offset)
    }
  }
}
