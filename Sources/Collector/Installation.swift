internal import Codec
internal import LinuxIO
internal import Telemetry

/// The secrets of one data directory, made once and kept beside the data, readable by its owner
/// only: identities and pseudonyms must stay the same over restarts.
struct Installation {
  let identityKey: IdentityKey
  let pseudonymKey: [UInt8]

  private static let fileName = "installation.key"
  private static let length = 48

  /// Reads the secrets of `directory`, or makes them.
  init(directory: String) throws(StartError) {
    let path = "\(directory)/\(Self.fileName)"
    var secret = try Self.read(path) ?? []
    if secret.isEmpty { secret = try Self.make(path) }
    self.init(secret)
  }

  /// What is to be said where the secrets of `directory` are gone, and the store made with them is
  /// there.
  static func loss(_ directory: String, store: String) -> String? {
    let path = "\(directory)/\(fileName)"
    guard !FileSystem.exists(path), FileSystem.exists("\(directory)/\(store)") else { return nil }
    return
      "\(path) is not there, so another is made: what was sent before is not recognised when it"
      + " comes again, and pseudonyms change; put it back from a backup if you have it"
  }

  /// No installation's: to try settings without one.
  static let trial = Installation([UInt8](repeating: 0, count: length))

  private init(_ words: [UInt8]) {
    func word(_ offset: Int) -> UInt64 {
      words[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    identityKey = IdentityKey(HashKey(word(0), word(8)))
    pseudonymKey = Array(words[16...])
  }

  /// What is wrong with the secrets in `directory`, if anything is; none are there before the first
  /// start.
  static func problem(_ directory: String) -> String? {
    do throws(StartError) {
      _ = try read("\(directory)/\(fileName)")
      return nil
    } catch {
      return error.message
    }
  }

  private static func read(_ path: String) throws(StartError) -> [UInt8]? {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: 1_024)
    } catch {
      if error == .noEntry { return nil }
      throw StartError("cannot read \(path): \(error.text)")
    }
    guard bytes.count == length else {
      throw StartError("cannot use \(path): it is not a key file of this program")
    }
    return bytes
  }

  private static func make(_ path: String) throws(StartError) -> [UInt8] {
    let secret = Random.bytes(length)
    do throws(Errno) {
      try FileSystem.writeAtomically(secret, to: path)
      return secret
    } catch {
      throw StartError("cannot write \(path): \(error.text)")
    }
  }
}

/// Why the collector does not start: one sentence for the person who started it.
package struct StartError: Error, Sendable {
  package let message: String
  /// Whether it is the configuration that is wrong.
  package let isMisconfigured: Bool

  /// A reason in words.
  package init(_ message: String, isMisconfigured: Bool = false) {
    self.message = message
    self.isMisconfigured = isMisconfigured
  }
}
