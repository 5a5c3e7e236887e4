internal import Pattern

/// Texts made of texts.
extension TemplateCall {
  // unsafe because the matcher reads the bytes of a text during the call only.

  func rewritten(_ function: TemplateFunction) throws(TemplateFunction.Failure) -> String {
    switch function {
    case .reReplaceAll: return try replaced()
    case .title: return Self.title(try text(0))
    case .toUpper: return try text(0).uppercased()
    case .toLower: return try text(0).lowercased()
    case .graphLink: return "/graph?g0.expr=\(TemplateEscape.query(try text(0)))&g0.tab=0"
    case .tableLink: return "/graph?g0.expr=\(TemplateEscape.query(try text(0)))&g0.tab=1"
    case .stripPort: return TemplateHost(try text(0))?.host ?? arguments[0].plainText
    case .stripDomain: return TemplateHost.withoutDomain(try text(0))
    case .pathPrefix: return Self.path(of: context.externalURL)
    case .externalURL: return context.externalURL
    default: return try text(0)
    }
  }

  private func matcher(
    _ expression: String
  ) throws(TemplateFunction.Failure) -> PatternMatcher {
    do {
      return PatternMatcher(try BytePattern(expression, options: []))
    } catch {
      throw TemplateFunction.Failure("error parsing regexp: \(error)")
    }
  }

  private func replaced() throws(TemplateFunction.Failure) -> String {
    let matcher = try matcher(try text(0))
    let replacement = Array(try text(1).utf8)
    var source = try text(2)
    guard (source.utf8.count + 1) * (replacement.count + 1) <= TemplateLimits.replacementBytes
    else { throw TemplateFunction.Failure("the replacement could be too long") }
    var output: [UInt8] = []
    source.withUTF8 { bytes in
      _ = unsafe matcher.replaceAll(
        in: UnsafeRawBufferPointer(bytes), with: replacement, into: &output)
    }
    return String(decoding: output, as: UTF8.self)
  }

  func isMatched() throws(TemplateFunction.Failure) -> Bool {
    let matcher = try matcher(try text(0))
    var source = try text(1)
    return source.withUTF8 { bytes in
      unsafe matcher.isFound(in: UnsafeRawBufferPointer(bytes))
    }
  }

  /// Every word with a capital; an apostrophe or dot between letters is inside a word.
  private static func title(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var output = ""
    var isInWord = false
    for (index, scalar) in scalars.enumerated() {
      let isLetter = isWordPart(scalar)
      if isLetter, !isInWord, scalar.properties.isAlphabetic {
        output += scalar.properties.titlecaseMapping
      } else {
        output.unicodeScalars.append(scalar)
      }
      let joins =
        isInWord && ["'", "’", ".", ":"].contains(scalar) && index + 1 < scalars.count
        && isWordPart(scalars[index + 1])
      isInWord = isLetter || joins
    }
    return output
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  private static func path(of url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
    return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? ""
  }
}

extension TemplateValue {
  fileprivate var plainText: String { TemplateText.plain(self) }
}

/// `host:port`.
struct TemplateHost {
  let host: String
  let port: String

  /// Nil when `text` has no port.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let head = text[..<colon]
    port = String(text[text.index(after: colon)...])
    if head.hasPrefix("["), head.hasSuffix("]") {
      host = String(head.dropFirst().dropLast())
    } else {
      guard !head.contains(where: { $0 == ":" || $0 == "[" || $0 == "]" }) else { return nil }
      host = String(head)
    }
  }

  /// The first word of a host's name, with the port; an address stays.
  static func withoutDomain(_ text: String) -> String {
    let parts = Self(text)
    let host = parts?.host ?? text
    if isAddress(host) { return text }
    let first = host.split(separator: ".", omittingEmptySubsequences: false).first ?? ""
    guard let port = parts?.port, !port.isEmpty else { return String(first) }
    return first.contains(":") ? "[\(first)]:\(port)" : "\(first):\(port)"
  }

  private static func isAddress(_ text: String) -> Bool {
    if text.contains(":") { return text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { $0.count <= 3 && UInt8($0) != nil }
  }
}

/// Texts made safe for where they go.
enum TemplateEscape {
  static func html(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "&#34;"
      case "'": output += "&#39;"
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\0": output += "\u{FFFD}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  static func script(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": output += "\\\\"
      case "'": output += "\\'"
      case "\"": output += "\\\""
      case "<", ">", "&", "=", "\0"..<" ":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  static func query(_ text: String) -> String {
    var output = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        output.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x20: output += "+"
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        output += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return output
  }
}
