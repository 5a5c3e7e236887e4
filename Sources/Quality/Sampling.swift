internal import Codec

/// Which calls a sample takes.
enum Sampling {
  private static let key = HashKey(0x7161_6C69_7479_0001, 0x7361_6D70_6C65_0001)

  /// Whether a sample of this share takes a call: the same call gives the same answer in every
  /// process, and another one for each `name`.
  static func takes(_ identity: Hash128, share: Double, for name: String) -> Bool {
    guard share < 1 else { return true }
    // unsafe because the hash reads the name's own bytes during the call.
    let salt = unsafe Array(name.utf8).withUnsafeBytes { unsafe key.hash($0).low }
    let hash = key.hash(identity.high, identity.low, salt: salt)
    return Double(hash.high >> 11) * 0x1p-53 < share
  }
}
