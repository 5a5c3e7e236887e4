import Codec
import LinuxIO
import Serving
import Testing

/// Keys are found by their digest, whatever is not in force is not found.
@Suite struct KeyRingTests {
  private static let now: Int64 = 1_000

  private static func key(
    _ name: String, _ text: String, expires: Int64? = nil, revoked: Int64? = nil
  ) -> AccessKey {
    AccessKey(
      name: name, prefix: "", digest: AccessKey.digest(of: Array(text.utf8)), roles: [.read],
      created: 0, expires: expires, revoked: revoked)
  }

  private static func found(_ text: String, in ring: KeyRing) -> String? {
    ring.key(digest: AccessKey.digest(of: Array(text.utf8)), at: now)?.name
  }

  @Test(arguments: [0, 1, 2, 3, 64, 1_000])
  func everyKeyIsFoundAndNothingElse(count: Int) {
    let ring = KeyRing((0..<count).map { Self.key("name-\($0)", "text-\($0)") })
    #expect(ring.isEmpty == (count == 0))
    for number in 0..<count {
      #expect(Self.found("text-\(number)", in: ring) == "name-\(number)")
    }
    #expect(Self.found("text-\(count)", in: ring) == nil)
    // The one that stands for nobody has this digest.
    #expect(ring.key(digest: [UInt8](repeating: 0, count: 32), at: Self.now) == nil)
  }

  @Test func aDigestThatDiffersInOneBitIsAnotherKeys() {
    let ring = KeyRing([Self.key("a", "a"), Self.key("b", "b")])
    let digest = AccessKey.digest(of: Array("b".utf8))
    for bit in 0..<256 {
      var other = digest
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(ring.key(digest: other, at: Self.now) == nil)
    }
  }

  @Test func expiredAndRevokedKeysAreNotFound() {
    let ring = KeyRing([
      Self.key("over", "over", expires: Self.now), Self.key("soon", "soon", expires: Self.now + 1),
      Self.key("taken", "taken", revoked: 1),
    ])
    #expect(Self.found("over", in: ring) == nil)
    #expect(Self.found("soon", in: ring) == "soon")
    #expect(Self.found("taken", in: ring) == nil)
    #expect(ring.all.map(\.name) == ["over", "soon", "taken"])
  }

  @Test func textsOfKeysAreLongAndUnlikeEachOther() {
    let texts = (0..<100).map { _ in AccessKey.makeText() }
    #expect(Set(texts).count == 100)
    #expect(texts.allSatisfy { $0.hasPrefix(AccessKey.mark) && $0.utf8.count == 69 })
    #expect(Set(texts.map { $0.prefix(AccessKey.shownLength) }).count == 100)
  }

  @Test func theScopeOfATenantIsTheSameEverywhere() {
    let acme = Principal(credential: "a", roles: [], tenant: "acme")
    #expect(
      acme.tenantScope == Principal(credential: "b", roles: [.read], tenant: "acme").tenantScope)
    #expect(acme.tenantScope == 0x822B_33AD)
    #expect(Principal(credential: "a", roles: []).tenantScope == 0)
    #expect(Principal(credential: "a", roles: [.read]).vouched(as: "ana").name == "ana")
  }
}
