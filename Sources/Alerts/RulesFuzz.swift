internal import PromQL

/// The fuzzer's way into this target.
package enum RulesFuzz {
  // unsafe because the bytes are libFuzzer's and valid only during the call.
  /// Reads `input` as rule files, test files and templates, and expands what is a template:
  /// nothing may crash or run long, and every problem lies within the text.
  package static func run(_ input: UnsafeRawBufferPointer) {
    let bytes = unsafe [UInt8](input)
    let lines = bytes.reduce(1) { $1 == 0x0A || $1 == 0x0D ? $0 + 1 : $0 }
    let (file, problems) = RuleFileReader.read(bytes, path: "fuzz")
    for problem in problems + TestFile.read(bytes).problems {
      precondition((1...lines).contains(problem.line), "a problem lies within its text")
      precondition(problem.column >= 1, "columns count from 1")
    }
    for group in file.groups {
      var evaluation = GroupEvaluation(group)
      var timeline = TestTimeline([])
      var settings = EvaluationSettings()
      settings.evaluator.limits.samples = 100_000
      evaluation.evaluate(at: 0, in: &timeline, settings: settings)
    }
    expand(String(decoding: bytes, as: UTF8.self))
  }

  private static func expand(_ text: String) {
    var data = TemplateData()
    data.labels = ["job": "chat", "instance": "10.0.0.1:80"]
    data.value = .float(12345.678)
    let context = TemplateContext(time: 0) { _ throws(RuleFailure) in
      [RuleSample(labels: Labels([Label("job", "chat")]), value: .float(0.5))]
    }
    do throws(TemplateError) {
      let expanded = try Template(text).expanded(data, in: context)
      precondition(
        expanded.utf8.count <= TemplateLimits.outputBytes * 2 + text.utf8.count,
        "the bound on a text holds")
    } catch {
      precondition(error.line >= 1 && error.column >= 1, "an error has its place")
    }
  }
}
