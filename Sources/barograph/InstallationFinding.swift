internal import Codec

/// One thing that the doctor looked at on this machine, what it found, and what to do.
struct InstallationFinding {
  enum Grade: String {
    case ok
    /// It works, and could be better.
    case advice
    /// It keeps the collector from starting, or from doing its work.
    case problem
  }

  let part: String
  let grade: Grade
  let message: String
  /// What to do about it; empty when nothing is to be done.
  let remedy: String

  static func ok(_ part: String, _ message: String) -> InstallationFinding {
    InstallationFinding(part: part, grade: .ok, message: message, remedy: "")
  }

  static func advice(_ part: String, _ message: String, do remedy: String) -> InstallationFinding {
    InstallationFinding(part: part, grade: .advice, message: message, remedy: remedy)
  }

  static func problem(_ part: String, _ message: String, do remedy: String) -> InstallationFinding {
    InstallationFinding(part: part, grade: .problem, message: message, remedy: remedy)
  }

  /// A line, and a second one for what to do. A message of several lines stays together.
  var text: String {
    let message = message.split(separator: "\n").joined(separator: "\n    ")
    let line = "  \(part): \(grade == .ok ? "" : "\(grade.rawValue), ")\(message)\n"
    return remedy.isEmpty ? line : line + "    do: \(remedy)\n"
  }

  func append(to json: inout JSONWriter) {
    json.beginObject()
    json.key("part")
    json.value(part)
    json.key("grade")
    json.value(grade.rawValue)
    json.key("message")
    json.value(message)
    json.key("remedy")
    json.value(remedy)
    json.endObject()
  }
}
