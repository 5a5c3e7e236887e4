package import Codec

/// All dimension sets in use, shared by the threads: key → id for intake, id → values for readers,
/// and the sets that the writer has still to save.
///
/// Bounded: when a family holds `Limits.dimensionSets`, its saved sets are forgotten; one that
/// comes again gets a new id and is saved again, so nothing is lost and memory stays flat.
package final class DimensionTable: Sendable {
  /// The key under which every thread of this process hashes values.
  package let hashKey: HashKey
  private let families: Guarded<[Family]>

  private struct Family: Sendable {
    var ids: [Hash128: UInt32] = [:]
    var sets: [UInt32: DimensionSet] = [:]
    var lastID: UInt32 = 0
    var lastSaved: UInt32 = 0
    /// What was saved when sets were last forgotten: only later ones can be forgotten anew.
    var forgottenTo: UInt32 = 0
  }

  /// An empty table; `hashKey` should be random, so that nobody can aim at collisions.
  package init(hashKey: HashKey) {
    self.hashKey = hashKey
    families = Guarded(DimensionFamily.allCases.map { _ in Family() })
  }

  /// What `bytes` as the value of the dimension with this raw value adds to the key of its set. Sum
  /// the parts of all values that are present with `adding`, starting from `Hash128.zero`.
  package func keyPart(
    position dimension: Int, _ bytes: UnsafeRawBufferPointer
  ) -> Hash128 {
    unsafe hashKey.hash(bytes, salt: UInt64(truncatingIfNeeded: dimension) &+ 1)
  }

  /// The sum of two parts of a key, in any order.
  @inlinable
  package static func adding(_ left: Hash128, _ right: Hash128) -> Hash128 {
    Hash128(high: left.high &+ right.high, low: left.low &+ right.low)
  }

  /// The id of the set with `key`, made from `values` when it is new. Takes a lock: ask a
  /// `DimensionCache` first.
  package func intern(
    _ family: DimensionFamily, key: Hash128, values: () -> [[UInt8]?]
  ) -> UInt32 {
    withFamily(family) { state in
      if let known = state.ids[key] { return known }
      if state.sets.count >= Limits.dimensionSets, state.lastSaved > state.forgottenTo {
        Self.forgetSaved(&state)
      }
      state.lastID += 1
      state.ids[key] = state.lastID
      state.sets[state.lastID] = DimensionSet(family: family, id: state.lastID, values: values())
      return state.lastID
    }
  }

  /// The id of the set with these values.
  package func intern(_ family: DimensionFamily, values: [[UInt8]?]) -> UInt32 {
    if values.allSatisfy({ $0 == nil }) { return 0 }
    return intern(family, key: key(family, values)) { values }
  }

  /// The set with this id, or nil for 0 and for one that was forgotten.
  package func set(_ family: DimensionFamily, _ id: UInt32) -> DimensionSet? {
    withFamily(family) { $0.sets[id] }
  }

  /// The sets that came since the last `markSaved`, by rising id.
  package func unsaved(_ family: DimensionFamily) -> [DimensionSet] {
    withFamily(family) { state in
      guard state.lastSaved < state.lastID else { return [] }
      return ((state.lastSaved + 1)...state.lastID).compactMap { state.sets[$0] }
    }
  }

  /// Takes note that every set up to `id` is on disk.
  package func markSaved(_ family: DimensionFamily, upTo id: UInt32) {
    withFamily(family) { $0.lastSaved = max($0.lastSaved, id) }
  }

  /// Takes note that no set is on disk, because the file is another one.
  package func markUnsaved() {
    for family in DimensionFamily.allCases { withFamily(family) { $0.lastSaved = 0 } }
  }

  /// Forgets sets that are saved, so that readers find in the file what stands there now. Who still
  /// knows such a set's number goes on using it.
  package func forget(where isGone: @Sendable ([[UInt8]?]) -> Bool) {
    for family in DimensionFamily.allCases {
      withFamily(family) { state in
        let gone = state.sets.filter { $0.key <= state.lastSaved && isGone($0.value.values) }
        guard !gone.isEmpty else { return }
        state.sets = state.sets.filter { gone[$0.key] == nil }
        state.ids = state.ids.filter { gone[$0.value] == nil }
      }
    }
  }

  /// Takes in sets read back at start, by rising id, and goes on numbering after `lastID`.
  package func restore(_ family: DimensionFamily, sets: [DimensionSet], lastID: UInt32) {
    let keyed = sets.map { (key(family, $0.values), $0) }
    withFamily(family) { state in
      precondition(state.lastID == 0, "a table is restored once, before use")
      for (key, set) in keyed {
        state.ids[key] = set.id
        state.sets[set.id] = set
      }
      state.lastID = lastID
      state.lastSaved = lastID
    }
  }

  private func withFamily<Result: Sendable>(
    _ family: DimensionFamily, _ body: (inout Family) -> Result
  ) -> Result {
    families.withLock { body(&$0[Int(family.rawValue)]) }
  }

  private func key(_ family: DimensionFamily, _ values: [[UInt8]?]) -> Hash128 {
    var sum = Hash128.zero
    for (dimension, value) in zip(family.dimensions, values) {
      guard let value else { continue }
      let part = unsafe value.withUnsafeBytes { raw in
        unsafe keyPart(position: Int(dimension.rawValue), raw)
      }
      sum = Self.adding(sum, part)
    }
    return sum
  }

  private static func forgetSaved(_ state: inout Family) {
    let lastSaved = state.lastSaved
    state.forgottenTo = lastSaved
    state.ids = state.ids.filter { $0.value > lastSaved }
    state.sets = state.sets.filter { $0.key > lastSaved }
  }
}

/// One thread's memory of recent ids, asked before the shared table: about 10 ns a hit.
package struct DimensionCache: ~Copyable {
  private var keys: [Hash128]
  private var ids: [UInt32]
  private let mask: Int

  /// An empty cache of `slots` entries, a power of two. A key has one place, so a newer set
  /// drives out an older one.
  package init(slots: Int = 4_096) {
    precondition(slots > 0 && slots & (slots - 1) == 0, "a power of two")
    keys = Array(repeating: .zero, count: slots)
    ids = Array(repeating: 0, count: slots)
    mask = slots - 1
  }

  /// The id last remembered for `key`, or 0.
  package func id(of key: Hash128) -> UInt32 {
    let slot = Int(truncatingIfNeeded: key.low) & mask
    return keys[slot] == key ? ids[slot] : 0
  }

  /// Remembers an id.
  package mutating func remember(_ id: UInt32, of key: Hash128) {
    let slot = Int(truncatingIfNeeded: key.low) & mask
    keys[slot] = key
    ids[slot] = id
  }
}
