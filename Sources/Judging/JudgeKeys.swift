package import Codec
internal import LinuxIO
package import Quality

/// Where judges' keys are read.
package struct JudgeKeys: Sendable {
  private let environment: [String: String]
  /// Bytes of a key's file.
  private static let fileLimit = 64 << 10

  /// Keys in `environment`, or in files.
  package init(environment: [String: String]) {
    self.environment = environment
  }

  /// The key that stands at `source`, or why there is none; the sentence holds nothing of it.
  package func key(at source: JudgeSettings.SecretSource) -> Result<Secret, Lack> {
    switch source {
    case .environment(let name):
      guard let text = environment[name] else {
        return .failure(Lack("the variable \(name) of the environment is not set"))
      }
      return Self.checked(text, Secret(from: .environment(name)), "the variable \(name)")
    case .file(let path):
      do throws(Errno) {
        let bytes = try FileSystem.read(path, limit: Self.fileLimit)
        let end = bytes.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? 0
        return Self.checked(
          String(decoding: bytes[..<end], as: UTF8.self), Secret(from: .file(path)), path)
      } catch {
        return .failure(Lack("cannot read \(path): \(error.text)"))
      }
    }
  }

  /// What is lacking to ask a model, in words.
  package struct Lack: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
  }

  private static func checked(
    _ text: String, _ secret: Secret, _ place: String
  ) -> Result<Secret, Lack> {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return .failure(Lack("what \(place) holds is no key: it is empty or has other than ASCII"))
    }
    return .success(secret.known(as: text))
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
