package import Codec
internal import Telemetry

/// What of a call somebody looks at, beside its words and numbers.
package struct CallParts: OptionSet, Sendable {
  package let rawValue: UInt8

  /// The parts of these bits.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Its texts.
  package static let input = CallParts(rawValue: 1)
  package static let output = CallParts(rawValue: 2)
  package static let documents = CallParts(rawValue: 4)
  /// Its attributes, and what was given beside its dimensions.
  package static let attributes = CallParts(rawValue: 8)
  package static let details = CallParts(rawValue: 16)
}

/// All who look at finished calls, and who of them looks at which: at most 64, each a bit. Made for
/// threads that have no time: what the dimensions of a call decide is decided once a combination of
/// them, the sample costs a hash, and the rest waits until the call is elsewhere.
package struct CallAudience: Sendable {
  /// One who looks at calls.
  package struct Viewer: Sendable {
    package let name: String
    package let parts: CallParts
    fileprivate let sample: CallSample
    /// What dimensions decide, and what else must hold.
    fileprivate let known: CallFilter
    fileprivate let further: CallFilter

    /// Somebody who looks at these parts of the calls that `when` and a share of `sample` take.
    package init(name: String, when: CallFilter, sample: Double, parts: CallParts) {
      self.name = name
      self.sample = CallSample(sample, name: name)
      known = CallFilter(when.clauses.filter { Self.dimensions.contains($0.name) })
      further = CallFilter(when.clauses.filter { !Self.dimensions.contains($0.name) })
      self.parts = further.clauses.reduce(into: parts) { parts, clause in
        if clause.name.hasPrefix(CallWords.attributePrefix) { parts.insert(.attributes) }
        if clause.name == "cache" { parts.insert(.details) }
      }
    }

    private static let dimensions = Set(Dimension.allCases.map(\.name))
  }

  /// How many there may be.
  package static let limit = 64
  /// In the order of their bits.
  package let viewers: [Viewer]

  /// An audience of at most 64.
  package init(_ viewers: [Viewer]) {
    precondition(viewers.count <= Self.limit, "there is a bit for each")
    self.viewers = viewers
  }

  /// Those who look at calls with these dimensions, as far as dimensions decide.
  package func invited(by dimensions: [String: String]) -> UInt64 {
    members { $0.known.accepts(dimensions) }
  }

  /// Those of `members` whose sample takes a call.
  package func sampled(_ members: UInt64, _ identity: Hash128) -> UInt64 {
    var (left, taken) = (members, UInt64(0))
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      if viewers[index].sample.takes(identity) { taken |= 1 &<< UInt64(index) }
    }
    return taken
  }

  /// Those of `members` that the words of a call, all of them, let look at it.
  package func admitted(_ members: UInt64, by words: [String: String]) -> UInt64 {
    members
      & self.members { $0.further.clauses.isEmpty || $0.further.accepts(words) }
  }

  /// Whether any of `members` has to see words that are no dimensions.
  package func wantsFurtherWords(_ members: UInt64) -> Bool {
    viewers.indices.contains {
      members >> UInt64($0) & 1 == 1 && !viewers[$0].further.clauses.isEmpty
    }
  }

  /// Whether anybody looks at inputs.
  package var wantsInputs: Bool { viewers.contains { $0.parts.contains(.input) } }

  /// What `members` look at together.
  package func parts(_ members: UInt64) -> CallParts {
    var (left, parts) = (members, CallParts())
    while left != 0 {
      parts.formUnion(viewers[left.trailingZeroBitCount].parts)
      left &= left &- 1
    }
    return parts
  }

  private func members(_ isMember: (Viewer) -> Bool) -> UInt64 {
    viewers.indices.reduce(0) { isMember(viewers[$1]) ? $0 | 1 << UInt64($1) : $0 }
  }
}

/// The words of a call by the names they have in events.
package enum CallWords {
  static let attributePrefix = "attrs."

  /// Adds the scalars of a JSON object of attributes as `attrs.NAME`, those of inner objects with
  /// dots between; texts that are no such object add nothing.
  package static func add(attributes json: [UInt8], to words: inout [String: String]) {
    do throws(JSONError) {
      guard case .object(let object) = try JSONReader.read(json[...]) else { return }
      add(object, under: attributePrefix, depth: 0, to: &words)
    } catch {
      // Attributes are written by intake; one that somebody edited in the file has no words.
      return
    }
  }

  /// Adds the scalars of a JSON object of fields by their own names, where there is no such word.
  package static func add(fields json: [UInt8], to words: inout [String: String]) {
    var found: [String: String] = [:]
    add(attributes: json, to: &found)
    for (name, word) in found {
      let plain = String(name.dropFirst(attributePrefix.count))
      if words[plain] == nil { words[plain] = word }
    }
  }

  private static func add(
    _ object: JSONObject, under prefix: String, depth: Int, to words: inout [String: String]
  ) {
    guard depth < 8 else { return }
    for member in object.members {
      let name = prefix + String(decoding: member.name, as: UTF8.self)
      switch member.value {
      case .object(let inner): add(inner, under: name + ".", depth: depth + 1, to: &words)
      case .array, .null: continue
      case .string(let text): words[name] = String(decoding: text, as: UTF8.self)
      default: words[name] = String(decoding: member.value.json, as: UTF8.self)
      }
    }
  }
}
