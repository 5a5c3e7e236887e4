internal import Pattern
internal import Redaction

/// Finds personal data and secrets by the detectors of redaction, so that what is found here is
/// what would be taken out of a stored payload.
package final class PersonalDataDetector {
  /// A kind of what is looked for.
  package enum Kind: String, CaseIterable, Sendable {
    case secret, email, card, iban, ip, phone
  }

  private var redactor: Redactor

  /// A detector of these kinds for one thread.
  package init(_ kinds: [Kind] = Kind.allCases) {
    var detectors = RedactionDetectors()
    for kind in kinds { detectors.insert(Self.detector(kind)) }
    redactor = Redactor(RedactionPolicy(detectors: detectors))
  }

  /// How many of each kind `text` holds, without those it holds none of.
  package func find(in text: [UInt8]) -> [(kind: Kind, count: Int)] {
    // unsafe because the redactor takes raw bytes; they are the text's own for the call.
    let counts = unsafe text.withUnsafeBytes { bytes in unsafe redactor.hits(in: bytes) }
    let all: [(kind: Kind, count: Int)] = [
      (.secret, counts.secrets), (.email, counts.emails), (.card, counts.cards),
      (.iban, counts.ibans), (.ip, counts.ips), (.phone, counts.phones),
    ]
    return all.filter { $0.count > 0 }
  }

  private static func detector(_ kind: Kind) -> RedactionDetectors {
    switch kind {
    case .secret: .secret
    case .email: .email
    case .card: .card
    case .iban: .iban
    case .ip: .ip
    case .phone: .phone
    }
  }
}
