package import Pattern

/// The built-in detectors.
package struct RedactionDetectors: OptionSet, Sendable {
  package let rawValue: UInt8

  /// The set with these bits.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// API keys, tokens, private keys, passwords in assignments and URLs.
  package static let secret = Self(rawValue: 1)
  package static let email = Self(rawValue: 2)
  /// Payment cards: issuer prefix, length and Luhn check digit.
  package static let card = Self(rawValue: 4)
  /// IBANs: country, length and mod 97.
  package static let iban = Self(rawValue: 8)
  /// IPv4 and IPv6 addresses.
  package static let ip = Self(rawValue: 16)
  package static let phone = Self(rawValue: 32)

  /// What runs unless configuration says otherwise.
  package static let standard: Self = [.secret, .email, .card, .iban]
  package static let all: Self = [.secret, .email, .card, .iban, .ip, .phone]
}

/// What is to be redacted; immutable, shared by every thread's `Redactor`.
package struct RedactionPolicy: Sendable {
  /// A named expression whose matches become `[redacted:name]`.
  package struct Expression: Sendable {
    package let name: String
    package let pattern: BytePattern

    /// An expression whose hits are marked with `name`.
    package init(name: String, pattern: BytePattern) {
      self.name = name
      self.pattern = pattern
    }
  }

  /// What is looked for, and the custom expressions beside it.
  package let detectors: RedactionDetectors
  package let expressions: [Expression]
  /// Names of JSON members whose whole value is redacted, whatever the case of their letters.
  package let fields: [String]

  /// Expressions and fields cost a walk over every string; the detectors alone do not.
  package init(
    detectors: RedactionDetectors = .standard, expressions: [Expression] = [],
    fields: [String] = []
  ) {
    self.detectors = detectors
    self.expressions = expressions
    self.fields = fields
  }

  /// What is looked for by any of the policies.
  package static func all(of policies: [RedactionPolicy]) -> RedactionPolicy {
    var names: Set<String> = []
    return RedactionPolicy(
      detectors: policies.reduce(into: []) { $0.formUnion($1.detectors) },
      expressions: policies.flatMap(\.expressions),
      fields: policies.flatMap(\.fields).filter { names.insert($0).inserted })
  }

  /// What hits are counted as, in the order of `RedactionCounts`.
  var labels: [String] {
    RedactionLabel.builtIn.map(\.name) + expressions.map(\.name) + fields
  }

  /// The texts that replace hits: one a detector, then one an expression, then one a field.
  var markers: [[UInt8]] {
    labels.map { Array("[redacted:\(Self.plain($0))]".utf8) }
  }

  /// A name as it may stand inside a JSON string and a marker without escapes.
  private static func plain(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          let isPlain = scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar != "]"
          return isPlain ? scalar : "_"
        }))
  }
}

/// What a hit is replaced and counted as; from `firstCustom` on, the policy's own names.
struct RedactionLabel: Equatable {
  let index: Int

  static let secret = Self(index: 0)
  static let email = Self(index: 1)
  static let card = Self(index: 2)
  static let iban = Self(index: 3)
  static let ip = Self(index: 4)
  static let phone = Self(index: 5)
  static let firstCustom = 6

  static let builtIn: [(name: String, detector: RedactionDetectors)] = [
    ("secret", .secret), ("email", .email), ("card", .card), ("iban", .iban), ("ip", .ip),
    ("phone", .phone),
  ]
}

/// How many hits of each kind were replaced.
package struct RedactionCounts: Sendable, Equatable {
  package internal(set) var secrets = 0
  package internal(set) var emails = 0
  package internal(set) var cards = 0
  package internal(set) var ibans = 0
  package internal(set) var ips = 0
  package internal(set) var phones = 0
  /// In the order of the policy's expressions, then its fields.
  package internal(set) var custom: [Int]

  init(customCount: Int) {
    custom = [Int](repeating: 0, count: customCount)
  }

  /// All kinds, in the order of the policy's labels.
  var all: [Int] { [secrets, emails, cards, ibans, ips, phones] + custom }

  /// All hits.
  package var total: Int {
    secrets + emails + cards + ibans + ips + phones + custom.reduce(0, +)
  }

  mutating func add(_ label: RedactionLabel) {
    switch label {
    case .secret: secrets += 1
    case .email: emails += 1
    case .card: cards += 1
    case .iban: ibans += 1
    case .ip: ips += 1
    case .phone: phones += 1
    default: custom[label.index - RedactionLabel.firstCustom] += 1
    }
  }
}
