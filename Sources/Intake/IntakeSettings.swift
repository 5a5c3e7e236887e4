package import Money
package import Redaction
package import Telemetry

/// What becomes of payloads.
package enum PayloadPolicy: String, CaseIterable, Sendable {
  /// They are not kept.
  case off
  /// They are kept after redaction.
  case redacted
  /// They are kept as sent.
  case full
}

/// The rules that decoding follows; a reload brings new ones.
package struct IntakeSettings: Sendable {
  /// Bytes of one record.
  package var line = Limits.line
  /// Bytes of a text field.
  package var text = Limits.text
  /// Bytes of a payload.
  package var payload = Limits.payload
  /// Attributes of one record.
  package var attributes = Limits.attributes
  /// Nesting of one record.
  package var depth = Limits.depth
  /// Nanoseconds that history reaches back; older records are refused.
  package var retention: Int64 = 7 * 86_400 * 1_000_000_000
  package var payloads = PayloadPolicy.redacted
  /// Whether somebody looks at finished calls: their texts as they came stay with the batch.
  package var keepsCallTexts = false
  package var redaction = RedactionPolicy()
  /// What is different for the events of single tenants, by their names; never less than for all.
  package var tenants: [String: TenantRules] = [:]
  /// Where all that is replaced is counted.
  package var redactions = RedactionBook()
  /// What calls are priced by.
  package var prices = PriceBook()
  /// The installation's secret for identities.
  package var identityKey: IdentityKey
  /// The installation's secret for pseudonyms.
  package var pseudonymKey: [UInt8]

  /// The default rules of an installation.
  package init(identityKey: IdentityKey, pseudonymKey: [UInt8]) {
    self.identityKey = identityKey
    self.pseudonymKey = pseudonymKey
  }

  /// How far ahead of the receipt a time may lie.
  static let future: Int64 = 3_600 * 1_000_000_000
}

extension IntakeSettings {
  /// What becomes of the texts of one tenant's events.
  package struct TenantRules: Sendable {
    package let redaction: RedactionPolicy
    package let payloads: PayloadPolicy

    /// Rules of these.
    package init(redaction: RedactionPolicy, payloads: PayloadPolicy) {
      self.redaction = redaction
      self.payloads = payloads
    }
  }

  /// What is looked for by anybody's rules: for what carries no tenant that could be asked first.
  var strictest: RedactionPolicy {
    tenants.isEmpty
      ? redaction
      : .all(of: [redaction] + tenants.sorted { $0.key < $1.key }.map(\.value.redaction))
  }

  /// Whether nobody's payloads are kept.
  var dropsAllPayloads: Bool {
    payloads == .off && tenants.values.allSatisfy { $0.payloads == .off }
  }
}
