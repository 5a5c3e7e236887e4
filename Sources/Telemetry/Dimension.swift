/// The low-cardinality fields of an event: they group windows and are stored once a combination.
package enum Dimension: UInt8, CaseIterable, Sendable {
  case service, env, release, instance, logger, src
  case kind, name, agent, tool, provider, model, responseModel, operation
  case prompt, promptVersion, variant, serviceTier, finishReason, stream, score, evaluator
  case tenant

  /// The dimension's name as users write it.
  package var name: String { Self.names[Int(rawValue)] }

  // Made once: to ask the compiler's tables for the name of a case takes a microsecond.
  private static let names = allCases.map { dimension in
    switch dimension {
    case .responseModel: "response_model"
    case .promptVersion: "prompt_version"
    case .serviceTier: "service_tier"
    case .finishReason: "finish_reason"
    default: "\(dimension)"
    }
  }

  /// The family whose sets hold it.
  package var family: DimensionFamily {
    self == .tenant ? .tenant : rawValue <= Dimension.src.rawValue ? .source : .operation
  }

  /// Its place in a set of its family.
  package var position: Int { Int(rawValue) - Int(family.first.rawValue) }
}

/// Which dimensions are interned together: who sent it, what was done, whose it was. Three families
/// instead of one keep the number of combinations near the sum, not the product, of each.
package enum DimensionFamily: UInt8, CaseIterable, Sendable {
  case source, operation, tenant

  /// Its dimensions, in the order of positions.
  package var dimensions: [Dimension] { Dimension.allCases.filter { $0.family == self } }

  /// The dimension at position 0.
  package var first: Dimension {
    switch self {
    case .source: .service
    case .operation: .kind
    case .tenant: .tenant
    }
  }
}

/// One interned combination of values.
package struct DimensionSet: Equatable, Sendable {
  package let family: DimensionFamily
  /// 1 and up; 0 stands for the set in which everything is absent.
  package let id: UInt32
  /// UTF-8 by position; nil is absent.
  package let values: [[UInt8]?]

  /// A set as interned or as read back.
  package init(family: DimensionFamily, id: UInt32, values: [[UInt8]?]) {
    precondition(values.count == family.dimensions.count, "one value a dimension of the family")
    self.family = family
    self.id = id
    self.values = values
  }

  /// The value of a dimension of this family.
  package subscript(dimension: Dimension) -> [UInt8]? { values[dimension.position] }
}
