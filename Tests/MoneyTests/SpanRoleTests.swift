import Telemetry
import Testing

/// What a span is for the nesting of costs.
struct SpanRoleTests {
  @Test(arguments: [
    (EventType.llm, "", "", false, SpanRole.call), (.llm, "llm", "", false, .call),
    (.llm, "guardrail", "", false, .call), (.llm, "agent", "", false, .rollUp),
    (.llm, "", "invoke_agent", false, .rollUp), (.llm, "llm", "invoke_agent", false, .call),
    (.llm, "agent", "", true, .call), (.span, "", "", false, .rollUp),
    (.span, "embedding", "", false, .call), (.span, "", "chat", false, .call),
    (.span, "tool", "chat", false, .rollUp), (.span, "workflow", "", false, .rollUp),
    (.span, "retrieval", "", false, .rollUp), (.log, "llm", "chat", true, .plain),
  ])
  func `a kind says more than the operation, and that more than the type`(
    _ type: EventType, _ kind: String, _ operation: String, _ hasResponse: Bool,
    _ expected: SpanRole
  ) {
    let (kind, operation) = (Array(kind.utf8), Array(operation.utf8))
    // unsafe because the buffers are used within their closures.
    let role = unsafe kind.withUnsafeBytes { kind in
      unsafe operation.withUnsafeBytes { operation in
        unsafe SpanRole(
          type: type, kind: kind, operation: operation, hasResponseID: hasResponse,
          hasUsage: true)
      }
    }
    #expect(role == expected)
  }

  @Test func `a span that says nothing of usage and is no call is plain`() {
    let empty = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    let role = unsafe SpanRole(
      type: .span, kind: empty, operation: empty, hasResponseID: false, hasUsage: false)
    #expect(role == .plain)
  }
}
