package import Codec

/// Takes a share of all calls, by their identity: the same calls in every process, and for each
/// name others.
package struct CallSample: Sendable {
  private let share: Double
  private let salt: UInt64

  /// A sample of `share`, from 0 to 1, for whoever is called `name`.
  package init(_ share: Double, name: String) {
    self.share = share
    // unsafe because the hash reads the name's own bytes during the call.
    salt = unsafe Array(name.utf8).withUnsafeBytes { unsafe Self.sampling.hash($0).low }
  }

  /// Whether the sample takes this call.
  package func takes(_ identity: Hash128) -> Bool {
    guard share < 1 else { return true }
    let hash = Self.sampling.hash(identity.high, identity.low, salt: salt)
    return Double(hash.high >> 11) * 0x1p-53 < share
  }

  private static let sampling = HashKey(0x7161_6C69_7479_0001, 0x7361_6D70_6C65_0001)
}
