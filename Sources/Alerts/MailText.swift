internal import Codec

/// The lines of a mail (RFC 5322), each at most 76 characters where it can be folded.
struct MailText {
  private(set) var bytes: [UInt8] = []

  /// A line as it is; its end is added.
  mutating func line(_ text: String) {
    bytes += text.utf8
    bytes += [0x0D, 0x0A]
  }

  /// A header whose value is known to be one line of ASCII.
  mutating func header(_ name: String, plain value: String) {
    precondition(
      value.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "a plain header is visible ASCII")
    line("\(name): \(value)")
  }

  /// A header with a text: as it is where it is ASCII that nobody could take for something else, in
  /// encoded words (RFC 2047) where it is not.
  mutating func header(_ name: String, text: String) {
    let isPlain = text.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !text.contains("=?")
    let words = isPlain ? text.split(separator: " ").map(String.init) : Self.encodedWords(text)
    fold(name, words)
  }

  /// A header with addresses.
  mutating func header(_ name: String, mailboxes: [MailAddress]) {
    var words: [String] = []
    for (index, mailbox) in mailboxes.enumerated() {
      if !mailbox.name.isEmpty { words += Self.phrase(mailbox.name) }
      let address = mailbox.name.isEmpty ? mailbox.address : "<\(mailbox.address)>"
      words.append(index + 1 < mailboxes.count ? address + "," : address)
    }
    fold(name, words)
  }

  /// Adds `text` with CR LF line ends in quoted-printable (RFC 2045 6.7), ending its last line.
  mutating func quotedPrintable(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      var width = 0
      let content = Array(line.utf8)
      for (index, byte) in content.enumerated() {
        let isLast = index == content.count - 1
        // A space at the end of a line may be lost on its way.
        let isPlain =
          0x21...0x7E ~= byte && byte != UInt8(ascii: "=") || byte == 0x20 && !isLast
        let size = isPlain ? 1 : 3
        if width + size > 75 {
          bytes += [UInt8(ascii: "="), 0x0D, 0x0A]
          width = 0
        }
        if isPlain { bytes.append(byte) } else { Self.escape(byte, to: &bytes) }
        width += size
      }
      bytes += [0x0D, 0x0A]
    }
  }

  /// `Sat, 21 Nov 2026 02:29:40 +0000`
  static func date(_ milliseconds: Int64) -> String {
    let seconds = (Double(milliseconds) / 1_000).rounded(.down)
    let day = Int64((seconds / 86_400).rounded(.down))
    let ofDay = Int64(seconds) - day * 86_400
    let (year, month, date) = Timestamp.civil(day: day)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let name = days[Int(((day % 7) + 7) % 7)]
    let clock = [ofDay / 3_600, ofDay / 60 % 60, ofDay % 60].map(padded).joined(separator: ":")
    return "\(name), \(padded(Int64(date))) \(months[month - 1]) \(year) \(clock) +0000"
  }

  private static func padded(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "="))
    for nibble in [byte >> 4, byte & 15] {
      output.append(nibble < 10 ? 0x30 + nibble : 0x37 + nibble)
    }
  }

  private mutating func fold(_ name: String, _ words: [String]) {
    var text = "\(name):"
    var width = text.utf8.count
    for word in words {
      if width + 1 + word.utf8.count > 76, width > name.utf8.count + 1 {
        text += "\r\n"
        width = 0
      }
      text += " \(word)"
      width += 1 + word.utf8.count
    }
    line(text)
  }

  /// Each word holds whole characters and at most 64 bytes.
  private static func encodedWords(_ text: String) -> [String] {
    var words: [String] = []
    var chunk: [UInt8] = []
    func close() {
      var encoded = Array("=?UTF-8?B?".utf8)
      Base64.encode(chunk, into: &encoded)
      words.append(String(decoding: encoded, as: UTF8.self) + "?=")
      chunk = []
    }
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      // 39 bytes are 52 in base64, with 12 around them, which leaves room for the header's name.
      if chunk.count + bytes.count > 39 { close() }
      chunk += bytes
    }
    if !chunk.isEmpty { close() }
    return words
  }

  /// A display name: quoted where it is ASCII, encoded where it is not.
  private static func phrase(_ name: String) -> [String] {
    guard name.utf8.allSatisfy({ 0x20...0x7E ~= $0 }), !name.contains("=?") else {
      return encodedWords(name)
    }
    let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return ["\"\(escaped)\""]
  }
}
