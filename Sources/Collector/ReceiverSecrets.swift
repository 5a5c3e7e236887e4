package import Alerts
internal import Codec
internal import LinuxIO
internal import Outbound

/// Why a receiver cannot be used.
package struct ReceiverError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

extension ReceiverSettings {
  /// The same settings with every secret read from the environment or its file. Throws for the
  /// first that cannot be read, or that no service could take, naming receiver, key and place.
  package func withSecrets(
    environment: [String: String]
  ) throws(ReceiverError) -> ReceiverSettings {
    try mappingSecrets { key, secret throws(ReceiverError) in
      let text = try self.text(of: secret, key, environment)
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw fault(key, "it is empty or holds a control character")
      }
      guard key != "url" || OutboundURL(text) != nil else {
        throw fault(key, "expected http://HOST/PATH or https://HOST/PATH")
      }
      return secret.known(as: text)
    }
  }

  private func text(
    of secret: Secret, _ key: String, _ environment: [String: String]
  ) throws(ReceiverError) -> String {
    switch secret.source {
    case .text: return secret.revealed
    case .environment(let name):
      guard let value = environment[name] else {
        throw fault(key, "the variable \(name) of the environment is not set")
      }
      return value
    case .file(let path):
      do throws(Errno) {
        let bytes = try FileSystem.read(path, limit: Self.secretLimit)
        let end = bytes.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
      } catch {
        throw fault(key, "cannot read \(path): \(error.text)")
      }
    }
  }

  /// Bytes of a secret's file.
  private static let secretLimit = 64 << 10

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

  private func fault(_ key: String, _ cause: String) -> ReceiverError {
    ReceiverError(description: "cannot use '\(key)' of receiver '\(name)': \(cause)")
  }
}
