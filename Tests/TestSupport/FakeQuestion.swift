internal import Codec

/// One request as it came.
struct FakeRequest {
  let line: String
  /// Names in small letters.
  let fields: [(name: String, value: String)]
  let body: [UInt8]

  /// Takes the first request off `bytes`; nil while it is not all there.
  init?(takingFrom bytes: inout [UInt8]) {
    let end = Array("\r\n\r\n".utf8)
    guard
      let split = bytes.indices.first(where: { bytes[$0...].starts(with: end) })
    else { return nil }
    let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
    let fields = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
    let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
    guard bytes.count >= split + 4 + length else { return nil }
    line = lines.first.map { String($0) } ?? ""
    self.fields = fields
    body = Array(bytes[(split + 4)..<(split + 4 + length)])
    bytes.removeFirst(split + 4 + length)
  }

  subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// What a request asks, looked at the way a provider does.
struct FakeQuestion {
  private(set) var model = ""
  private(set) var prompt = ""
  private(set) var mostTokens = 0
  private(set) var faults: [String] = []

  init(_ request: FakeRequest, _ dialect: FakeProvider.Dialect, key: String?) {
    checkHead(request, dialect, key)
    do {
      guard let root = try ConfigReader.read(request.body).first else {
        faults.append("the body is empty")
        return
      }
      model = root["model"]?.text ?? ""
      expect(!model.isEmpty, "no model")
      switch dialect {
      case .openai: readOpenAI(root)
      case .anthropic: readAnthropic(root)
      case .ollama: readOllama(root)
      }
      expect(!prompt.isEmpty, "no message of a user")
      expect(mostTokens >= 16, "no bound on the tokens of the answer")
    } catch {
      faults.append("the body is no JSON: \(error)")
    }
  }

  private mutating func expect(_ condition: Bool, _ fault: String) {
    if !condition { faults.append(fault) }
  }

  private mutating func checkHead(
    _ request: FakeRequest, _ dialect: FakeProvider.Dialect, _ key: String?
  ) {
    let path =
      switch dialect {
      case .openai: "/v1/chat/completions"
      case .anthropic: "/v1/messages"
      case .ollama: "/api/chat"
      }
    expect(request.line == "POST \(path) HTTP/1.1", "asked \(request.line)")
    expect(request["content-type"] == "application/json", "content type")
    expect(request["host"] != nil && request["content-length"] != nil, "host and length")
    switch dialect {
    case .openai, .ollama:
      expect(request["authorization"] == key.map { "Bearer \($0)" }, "the key is wrong")
    case .anthropic:
      expect(request["x-api-key"] == key, "the key is wrong")
      expect(request["anthropic-version"] == "2023-06-01", "no version")
    }
    let text = String(decoding: request.body, as: UTF8.self)
    if let key { expect(!text.contains(key), "the key stands in the body") }
  }

  /// The last message must be the user's, those before the system's.
  private mutating func readMessages(_ root: ConfigNode, system: Bool) {
    guard case .sequence(let messages)? = root["messages"]?.value else {
      faults.append("no messages")
      return
    }
    let roles = messages.map { $0["role"]?.text ?? "" }
    expect(roles == (system ? ["system", "user"] : ["user"]), "roles are \(roles)")
    prompt = messages.last?["content"]?.text ?? ""
  }

  private func isJudgement(_ schema: ConfigNode?) -> Bool {
    schema?["type"]?.text == "object" && schema?["properties"]?["score"] != nil
      && schema?["properties"]?["reason"] != nil
  }

  private mutating func readOpenAI(_ root: ConfigNode) {
    readMessages(root, system: true)
    let format = root["response_format"]
    expect(format?["type"]?.text == "json_schema", "no response_format")
    expect(isJudgement(format?["json_schema"]?["schema"]), "no schema")
    if case .int(let most)? = root["max_completion_tokens"]?.scalar { mostTokens = most }
  }

  private mutating func readAnthropic(_ root: ConfigNode) {
    readMessages(root, system: false)
    expect(root["system"]?.text != nil, "no system")
    if case .sequence(let tools)? = root["tools"]?.value {
      expect(isJudgement(tools.first?["input_schema"]), "no schema")
      expect(root["tool_choice"]?["name"]?.text == tools.first?["name"]?.text, "no tool choice")
    } else {
      faults.append("no tools")
    }
    if case .int(let most)? = root["max_tokens"]?.scalar { mostTokens = most }
  }

  private mutating func readOllama(_ root: ConfigNode) {
    readMessages(root, system: true)
    expect(root["stream"]?.scalar == .bool(false), "it streams")
    expect(isJudgement(root["format"]), "no schema")
    if case .int(let most)? = root["options"]?["num_predict"]?.scalar { mostTokens = most }
  }
}

/// What a fake provider answers.
struct FakeAnswer {
  let bytes: [UInt8]
  let bodyLength: Int
  /// What it used, and what it is billed.
  let tokens: Int
  let bill: Int64

  private static let outputTokens = 20

  init(_ manner: FakeProvider.Manner, to question: FakeQuestion, _ dialect: FakeProvider.Dialect) {
    let input = question.prompt.utf8.count / 4 + 30
    var content = #"{"reason":"It says what was asked.","score":4}"#
    var usage: String? = Self.usage(input, dialect)
    var (status, headers, body): (Int, String, String?) = (200, "", nil)
    switch manner {
    case .judges(let score): content = #"{"reason":"Because.","score":\#(score)}"#
    case .says(let text): content = text
    case .misreports(let other): usage = other
    case .babbles(let text): body = text
    case .refuses(let code, let lines, let text): (status, headers, body) = (code, lines, text)
    default: break
    }
    let whole = body ?? Self.body(content, usage, question.model, dialect)
    let head =
      "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(headers)"
      + "x-ratelimit-remaining-requests: 17\r\nx-ratelimit-remaining-tokens: 4711\r\n"
      + "Content-Length: \(whole.utf8.count)\r\n\r\n"
    bytes = Array((head + whole).utf8)
    bodyLength = whole.utf8.count
    let isWorked = status == 200 && manner != .resets
    tokens = isWorked ? input + Self.outputTokens : 0
    bill =
      isWorked
      ? Int64(input) * FakeProvider.inputPrice
        + Int64(Self.outputTokens) * FakeProvider.outputPrice : 0
  }

  private static func usage(_ input: Int, _ dialect: FakeProvider.Dialect) -> String {
    switch dialect {
    case .openai:
      #"{"prompt_tokens":\#(input),"completion_tokens":\#(outputTokens),"#
        + #""total_tokens":\#(input + outputTokens)}"#
    case .anthropic: #"{"input_tokens":\#(input),"output_tokens":\#(outputTokens)}"#
    case .ollama: #""prompt_eval_count":\#(input),"eval_count":\#(outputTokens)"#
    }
  }

  private static func body(
    _ content: String, _ usage: String?, _ model: String, _ dialect: FakeProvider.Dialect
  ) -> String {
    var writer = JSONWriter()
    writer.value(content)
    let quoted = String(decoding: writer.bytes, as: UTF8.self)
    let isObject = content.hasPrefix("{")
    let report = usage.map { dialect == .ollama ? ",\($0)" : #","usage":\#($0)"# } ?? ""
    switch dialect {
    case .openai:
      return #"{"id":"chatcmpl-1","object":"chat.completion","model":"\#(model)-2024-07-18","#
        + #""choices":[{"index":0,"message":{"role":"assistant","content":\#(quoted),"#
        + #""refusal":null},"finish_reason":"stop"}]\#(report)}"#
    case .anthropic:
      let block =
        isObject
        ? #"{"type":"tool_use","id":"toolu_1","name":"judgement","input":\#(content)}"#
        : #"{"type":"text","text":\#(quoted)}"#
      return #"{"id":"msg_1","type":"message","role":"assistant","model":"\#(model)","#
        + #""content":[\#(block)],"stop_reason":"tool_use"\#(report)}"#
    case .ollama:
      return #"{"model":"\#(model)","message":{"role":"assistant","content":\#(quoted)},"#
        + #""done":true,"done_reason":"stop"\#(report)}"#
    }
  }
}
