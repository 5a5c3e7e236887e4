internal import Codec
internal import LinuxIO

/// One key as it is kept: what it allows, and the digest by which a caller's copy is recognised.
///
/// A key is 256 random bits, so its plain SHA-256 is as good as a slow, salted hash: those defend
/// words that people choose, of which a machine can try all; of 2²⁵⁶ keys it cannot try any share
/// that matters, and no two installations have the same one.
package struct AccessKey: Equatable, Sendable {
  /// What a key's holder may send in a second; nil for no bound of its own.
  package struct Rates: Equatable, Sendable {
    package var events: Double?
    /// The same of requests.
    package var requests: Double?

    /// No bounds.
    package init(events: Double? = nil, requests: Double? = nil) {
      self.events = events
      self.requests = requests
    }
  }

  /// What every key begins with.
  package static let mark = "baro_"
  /// Characters of a key that may be shown: the mark and 32 of its 256 bits.
  package static let shownLength = 13
  /// Keys of one collector.
  package static let most = 10_000
  /// Bytes of a name, and of a tenant.
  package static let nameLength = 64

  /// What it is called, alone of all keys.
  package let name: String
  /// The first characters, by which people tell keys apart.
  package let prefix: String
  /// SHA-256 of the key's text.
  package let digest: [UInt8]
  /// What its holder may do.
  package let roles: Set<Role>
  /// The only tenant it sends for and reads of; nil for all.
  package let tenant: String?
  package let rates: Rates
  /// ns since 1970; nil for never.
  package let created: Int64
  /// The same: from when on it is of no use.
  package let expires: Int64?
  /// The same: when somebody took it back.
  package var revoked: Int64?

  /// A key of these parts.
  package init(
    name: String, prefix: String, digest: [UInt8], roles: Set<Role>, tenant: String? = nil,
    rates: Rates = Rates(), created: Int64, expires: Int64? = nil, revoked: Int64? = nil
  ) {
    precondition(digest.count == SHA256.digestLength, "a digest of SHA-256")
    self.name = name
    self.prefix = prefix
    self.digest = digest
    self.roles = roles
    self.tenant = tenant
    self.rates = rates
    self.created = created
    self.expires = expires
    self.revoked = revoked
  }

  /// A new key's text: the mark and 256 random bits in hexadecimal digits.
  package static func makeText() -> String {
    mark + String(decoding: Hex.encode(Random.bytes(32)), as: UTF8.self)
  }

  /// The digest of a key's text.
  package static func digest(of text: [UInt8]) -> [UInt8] { SHA256.digest(of: text) }

  /// Whether it may be used at a wall time.
  package func isValid(at now: Int64) -> Bool { revoked == nil && now < expires ?? .max }

  /// Whether `text` can name a key or a tenant: letters, digits and `_ . -`, so that it says the
  /// same in a file, a label, an address and a shell.
  package static func isName(_ text: String) -> Bool {
    (1...nameLength).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "_.-".utf8.contains(byte)
      }
  }
}
