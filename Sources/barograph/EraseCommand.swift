internal import Codec
internal import Collector
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph erase`: take a person or a session out of everything that is stored.
enum EraseCommand {
  private static let pause: Int64 = 200

  static let command = Command(
    name: "erase", summary: "erase a user or a session from all files, and prove it by a receipt",
    usage: "--user ID | --session ID [options]",
    options: Administration.subjectOptions + [
      .init(
        "--mentions", "take the name out of what others said, even where it is an everyday word"),
      .init("--no-mentions", "leave the name in what others said"),
      .init(
        "--remove-copies", "remove older copies of the store in the data directory that hold it"),
    ],
    examples: [
      "barograph erase --user user-4711",
      "barograph erase --data /var/lib/barograph --session 6f1c9d22 --json",
    ]
  ) { arguments in
    guard let (kind, name) = Administration.subject(arguments) else { return .usage }
    guard !(arguments.has("--mentions") && arguments.has("--no-mentions")) else {
      Console.complain("say --mentions or --no-mentions")
      return .usage
    }
    let mentions: Bool? =
      arguments.has("--mentions") ? true : arguments.has("--no-mentions") ? false : nil
    let removesCopies = arguments.has("--remove-copies")
    switch Administration.place(arguments) {
    case nil: return .usage
    case .collector(let client):
      let order = Administration.object([
        (kind.rawValue, name), ("mentions", mentions.map { $0 ? "remove" : "keep" }),
        ("remove_copies", removesCopies ? "true" : nil),
      ])
      guard let receipt = receipt(client, order) else { return .failed }
      return tell(receipt, arguments)
    case .directory(let directory):
      let done = Administration.withStore(directory, arguments) { store in
        store.erase(kind, name, mentions: mentions, removesCopies: removesCopies)
      }
      switch done {
      case nil: return .failed
      case .failure(let refusal)?:
        Console.complain("cannot erase: \(refusal)")
        return .failed
      case .success(let (receipt, _))?: return tell(receipt, arguments)
      }
    }
  }

  /// The receipt of an erasure that the collector does; nil, and a complaint, where it does not.
  private static func receipt(_ client: HTTPClient, _ order: [UInt8]) -> [UInt8]? {
    var answer = Administration.ask(client, .post, "/v1/erase", order)
    while let given = answer {
      let node = ConfigNode.answer(given.body)
      switch node?["phase"]?.text {
      case "done":
        // The last member of the report, as it is: its hash is one of bytes.
        let report = String(decoding: given.body, as: UTF8.self)
        guard let key = report.firstRange(of: #""receipt":"#),
          let end = report.lastIndex(of: "}"), key.upperBound < end
        else { return nil }
        return Array(report[key.upperBound..<end].utf8)
      case "working":
        Pause.milliseconds(pause)
        answer = Administration.ask(client, .get, "/v1/erase")
      default:
        Console.complain(
          "cannot erase: \(node?["message"]?.text ?? "the answer is not understood")")
        return nil
      }
    }
    return nil
  }

  private static func tell(_ bytes: [UInt8], _ arguments: Arguments) -> ExitCode {
    guard let receipt = ConfigNode.answer(bytes) else {
      Console.complain("the answer is not understood")
      return .failed
    }
    let isComplete = receipt["complete"]?.scalar == .bool(true)
    if arguments.has("--json") {
      Console.print(String(decoding: bytes.filter { $0 != 0x0A }, as: UTF8.self) + "\n")
    } else {
      Console.print(text(receipt, isComplete))
    }
    return isComplete ? .ok : .failed
  }

  private static func text(_ receipt: ConfigNode, _ isComplete: Bool) -> String {
    func counts(_ name: String) -> String {
      guard case .mapping(let pairs)? = receipt[name]?.value, !pairs.isEmpty else {
        return "nothing"
      }
      return pairs.map { "\($0.value.text ?? "") \($0.key.text ?? "")" }.joined(separator: ", ")
    }
    var text = isComplete ? "erased\n" : "NOT complete\n"
    text += "  subject    \(receipt["kind"]?.text ?? "") \(receipt["subject"]?.text ?? "")\n"
    text += "  deleted    \(counts("deleted"))\n  rewritten  \(counts("rewritten"))\n"
    text += "  mentions   \(receipt["mentions"]?.text ?? "")\n"
    for file in receipt["scanned"]?.elements ?? [] {
      text += "  scanned    \(file["file"]?.text ?? ""), \(file["bytes"]?.text ?? "") bytes\n"
    }
    for place in receipt["left"]?.elements ?? [] {
      text += "  LEFT       \(place["file"]?.text ?? ""): \(place["why"]?.text ?? "")\n"
    }
    for what in receipt["not_covered"]?.elements ?? [] {
      text += "  not covered: \(what.text ?? "")\n"
    }
    return text + "  hash       \(receipt["hash"]?.text ?? "")\n"
  }
}
