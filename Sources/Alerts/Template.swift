/// A text with actions in double braces, in the language of Go's `text/template` as far as
/// Prometheus rules use it: pipelines, variables, `if`, `with`, `range`, `define`, `template`, and
/// the functions of `TemplateFunction`. Not there: methods of times, and complex numbers.
package struct Template: Equatable, Sendable {
  /// The text as written.
  package let source: String
  let nodes: [TemplateNode]
  let definitions: [String: [TemplateNode]]

  /// Reads a template; throws with the place of the first mistake. In it `$labels`,
  /// `$externalLabels`, `$externalURL`, `$value` and `$usual` are known.
  package init(_ source: String) throws(TemplateError) {
    try self.init(
      source, knowing: ["$", "$labels", "$externalLabels", "$externalURL", "$value", "$usual"],
      forMessages: false)
  }

  init(_ source: String, knowing variables: [String], forMessages: Bool) throws(TemplateError) {
    self.source = source
    guard source.utf8.contains(UInt8(ascii: "{")) else {
      nodes = source.isEmpty ? [] : [.text(source)]
      definitions = [:]
      return
    }
    var parser = TemplateParser(
      Array(source.utf8), knowing: variables, forMessages: forMessages)
    (nodes, definitions) = try parser.all()
  }

  /// A template that is its text, whatever stands in it.
  init(literal text: String) {
    source = text
    nodes = text.isEmpty ? [] : [.text(text)]
    definitions = [:]
  }

  /// Whether the text is the same whatever the data.
  package var isConstant: Bool {
    nodes.allSatisfy { if case .text = $0 { true } else { false } }
  }
}

/// A piece of a template.
indirect enum TemplateNode: Equatable, Sendable {
  case text(String)
  case action(TemplatePipeline)
  case branch(TemplateBranch)
  /// Runs a defined template with another dot.
  case include(name: String, TemplatePipeline?, offset: Int)
  case breakLoop
  case continueLoop
}

/// `if`, `with` or `range`.
struct TemplateBranch: Equatable, Sendable {
  enum Kind: String, Sendable {
    case condition = "if"
    case with
    case range
  }

  let kind: Kind
  let pipeline: TemplatePipeline
  let body: [TemplateNode]
  let alternative: [TemplateNode]
}

/// `$x := command | command`.
struct TemplatePipeline: Equatable, Sendable {
  var variables: [String] = []
  /// Whether the variables are known already.
  var isAssignment = false
  var commands: [TemplateCommand] = []
  let offset: Int
}

/// A function or value, with arguments.
struct TemplateCommand: Equatable, Sendable {
  var operands: [TemplateOperand]
  let offset: Int
}

/// One word of a command.
indirect enum TemplateOperand: Equatable, Sendable {
  case dot
  case null
  case literal(TemplateValue)
  case function(String)
  case variable(String)
  case pipeline(TemplatePipeline)
  /// A value's field: of the dot, of a variable, of what a pipeline gives.
  case field(TemplateOperand, String)
}
