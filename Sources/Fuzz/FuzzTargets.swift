internal import Alerts
internal import Codec
internal import HTTP
internal import Intake
internal import Pattern
internal import PromQL
internal import Quality
internal import Redaction

/// One entry point that libFuzzer feeds, under the name `scripts/fuzz` knows it by.
@safe
struct FuzzTarget: Sendable {
  typealias EntryPoint = @Sendable (UnsafeRawBufferPointer) -> Void

  let name: String
  // unsafe because the bytes are libFuzzer's and valid only during the call.
  let run: EntryPoint

  init(_ name: String, _ run: @escaping EntryPoint) {
    self.name = name
    unsafe self.run = run
  }

  /// Every fuzz target: one line here makes `scripts/fuzz` build, run and report it, for instance
  /// `unsafe FuzzTarget("JSON", JSONFuzz.run)`.
  static let all: [FuzzTarget] = [
    unsafe FuzzTarget("Config", ConfigFuzz.run),
    unsafe FuzzTarget("Event", EventFuzz.run),
    unsafe FuzzTarget("HTTP", HTTPFuzz.run),
    unsafe FuzzTarget("Inflate", InflateFuzz.run),
    unsafe FuzzTarget("JSON", JSONFuzz.run),
    unsafe FuzzTarget("OTLP", OTLPFuzz.run),
    unsafe FuzzTarget("Pattern", PatternFuzz.run),
    unsafe FuzzTarget("PromQL", PromQLFuzz.run),
    unsafe FuzzTarget("Protobuf", ProtobufFuzz.run),
    unsafe FuzzTarget("Quality", QualityFuzz.run),
    unsafe FuzzTarget("Redaction", RedactionFuzz.run),
    unsafe FuzzTarget("Rules", RulesFuzz.run),
  ]

  static func named(_ name: String) -> FuzzTarget? {
    all.first { $0.name == name }
  }
}
