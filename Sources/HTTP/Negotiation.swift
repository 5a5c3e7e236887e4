/// Chooses among what can be answered by what the client says it prefers (RFC 9110 12.5).
package enum Negotiation {
  /// The index of the best of `offered` for an `Accept` header, the earlier one when two are as
  /// good; 0 without a header; nil when none is acceptable. Malformed elements are passed over.
  package static func best(accept: [UInt8]?, offered: [MediaType]) -> Int? {
    guard let accept, !accept.allSatisfy(ASCII.isBlank) else { return offered.isEmpty ? nil : 0 }
    let ranges = ranges(accept)
    return best(offered.map { offer in quality(of: offer, in: ranges) })
  }

  /// The index of the best of `offered` codings for an `Accept-Encoding` header, the earlier one
  /// when two are as good. `identity` is always acceptable unless the header forbids it, and is
  /// the only one that is acceptable without a header; nil when none is.
  package static func best(acceptEncoding: [UInt8]?, offered: [StaticString]) -> Int? {
    guard let acceptEncoding else { return offered.firstIndex { [UInt8](text: $0).isIdentity } }
    let listed = codings(acceptEncoding)
    let star = listed.first { $0.name == [ASCII.star] }
    return best(
      offered.map { offer in
        let name = [UInt8](text: offer)
        if let own = listed.first(where: { $0.name == name }) { return own.quality }
        // Unlisted identity is the last resort: worth less than any listed coding.
        if name.isIdentity { return star?.quality == 0 ? 0 : 0.5 }
        return star?.quality ?? 0
      })
  }

  /// The index of the first of the highest qualities above 0.
  private static func best(_ qualities: [Double]) -> Int? {
    guard let highest = qualities.max(), highest > 0 else { return nil }
    return qualities.firstIndex(of: highest)
  }
}

// MARK: Media ranges
extension Negotiation {
  private struct MediaRange {
    let type: MediaType
    let parameters: [MediaType.Parameter]
    let quality: Double

    /// How exactly the range means `offer`, or nil when it does not.
    func precision(for offer: MediaType) -> Int? {
      if type.type == [ASCII.star] {
        guard type.subtype == [ASCII.star] else { return nil }
        return 0
      }
      guard type.type == offer.type else { return nil }
      if type.subtype == [ASCII.star] { return 1 }
      guard type.subtype == offer.subtype else { return nil }
      guard parameters.allSatisfy(offer.parameters.contains) else { return nil }
      return 2 + parameters.count
    }
  }

  private static func ranges(_ accept: [UInt8]) -> [MediaRange] {
    var ranges: [MediaRange] = []
    var reader = FieldReader(accept)
    repeat {
      guard let type = MediaType(&reader), let quality = quality(type.parameters) else { continue }
      // What stands behind the quality belongs to no media type.
      let own = type.parameters.prefix { !$0.name.isText("q") }
      ranges.append(MediaRange(type: type, parameters: Array(own), quality: quality))
    } while reader.skipElement()
    return ranges
  }

  /// The most exact range decides, not the most generous one.
  private static func quality(of offer: MediaType, in ranges: [MediaRange]) -> Double {
    var (precision, quality) = (-1, 0.0)
    for range in ranges {
      guard let found = range.precision(for: offer), found > precision else { continue }
      (precision, quality) = (found, range.quality)
    }
    return quality
  }
}

// MARK: Qualities
extension Negotiation {
  private static func codings(_ text: [UInt8]) -> [(name: [UInt8], quality: Double)] {
    var codings: [(name: [UInt8], quality: Double)] = []
    var reader = FieldReader(text)
    repeat {
      reader.skipBlanks()
      guard let name = reader.token(), let parameters = reader.parameters(),
        let quality = quality(parameters)
      else { continue }
      let lower = name.map(ASCII.lowercase)
      // RFC 9110 8.4.1.3: the old name of gzip.
      codings.append((lower.isText("x-gzip") ? [UInt8](text: "gzip") : lower, quality))
    } while reader.skipElement()
    return codings
  }

  /// The quality in thousandths, 1000 without one, nil when it is malformed.
  private static func quality(_ parameters: [MediaType.Parameter]) -> Double? {
    guard let text = parameters.first(where: { $0.name.isText("q") })?.value else { return 1000 }
    guard let first = text.first, first == ASCII.zero || first == ASCII.zero + 1,
      text.count <= 5, text.count == 1 || text[1] == ASCII.dot
    else { return nil }
    var thousandths = Int(first - ASCII.zero) * 1000
    var scale = 100
    for digit in text.dropFirst(2) {
      guard ASCII.isDigit(digit) else { return nil }
      thousandths += Int(digit - ASCII.zero) * scale
      scale /= 10
    }
    return thousandths <= 1000 ? Double(thousandths) : nil
  }
}

extension [UInt8] {
  fileprivate var isIdentity: Bool { isText("identity") }
}
