package struct RedactionPolicy: Sendable { package init() {} }
struct Redactor: ~Copyable {
  init(_ p: RedactionPolicy) {}
  mutating func redact(text: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Bool { false }
  mutating func redact(json: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Bool { false }
  mutating func redact(rejected: UnsafeRawBufferPointer, into out: inout [UInt8]) -> Bool { false }
  mutating func redact(identifier: UnsafeRawBufferPointer, key: [UInt8], into out: inout [UInt8]) -> Bool { false }
}
