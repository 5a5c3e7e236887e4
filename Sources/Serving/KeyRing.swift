internal import Codec

/// The keys in force, searched in a time that depends on nothing but their number.
package struct KeyRing: Sendable {
  private static let words = 4

  /// The keys, behind one that nobody has and that is never valid.
  private let keys: [AccessKey]
  /// Their digests as words, in the same order.
  private let digests: [UInt64]

  /// The ring of these keys.
  package init(_ keys: [AccessKey] = []) {
    let nobody = AccessKey(
      name: "", prefix: "", digest: [UInt8](repeating: 0, count: 32), roles: [], created: 0,
      expires: 0)
    self.keys = [nobody] + keys
    digests = self.keys.flatMap { Self.words(of: $0.digest) }
  }

  /// Whether there are none: then loopback needs none.
  package var isEmpty: Bool { keys.count == 1 }

  /// The keys.
  package var all: ArraySlice<AccessKey> { keys.dropFirst() }

  /// The key with this digest, if it is valid at a wall time. One that is not known takes the same
  /// way as one that is: every digest is compared whole, and what was found is picked without a
  /// branch.
  package func key(digest: [UInt8], at now: Int64) -> AccessKey? {
    let sought = Self.words(of: digest)
    var place = 0
    for index in 1..<max(1, keys.count) {
      var difference: UInt64 = 0
      for word in 0..<Self.words {
        difference |= digests[index * Self.words + word] ^ sought[word]
      }
      // 1 where nothing differs, else 0.
      let isEqual = Int(truncatingIfNeeded: ((difference | (0 &- difference)) >> 63) ^ 1)
      place |= index & (0 &- isEqual)
    }
    let found = keys[place]
    return found.isValid(at: now) ? found : nil
  }

  private static func words(of digest: [UInt8]) -> [UInt64] {
    precondition(digest.count == words * 8, "a digest of SHA-256")
    return (0..<words).map { word in
      digest[word * 8..<word * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}

/// What a request's `Authorization` header brings.
enum Credential: Equatable {
  case none
  /// The digest of the text that stands for a key.
  case digest([UInt8])
  /// Something else, which no key can be.
  case unreadable

  /// Reads `Bearer KEY`, or `Basic` with the key as password, or as user name where there is no
  /// password.
  init(_ header: [UInt8]) {
    guard !header.isEmpty else {
      self = .none
      return
    }
    let parts = header.split(separator: 0x20, maxSplits: 1)
    guard parts.count == 2 else {
      self = .unreadable
      return
    }
    let text = Array(parts[1].drop { $0 == 0x20 })
    switch String(decoding: parts[0], as: UTF8.self).lowercased() {
    case "bearer": self = .digest(AccessKey.digest(of: text))
    case "basic":
      guard let pair = Base64.decode(text), let colon = pair.firstIndex(of: 0x3A) else {
        self = .unreadable
        return
      }
      let password = pair[(colon + 1)...]
      self = .digest(AccessKey.digest(of: Array(password.isEmpty ? pair[..<colon] : password)))
    default: self = .unreadable
    }
  }
}
