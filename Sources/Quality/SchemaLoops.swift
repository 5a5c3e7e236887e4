/// Finds schemas that apply themselves to the very same value, which would never end.
enum SchemaLoops {
  private enum Colour {
    case fresh
    case open
    case done
  }

  static func refuse(in nodes: [SchemaNode]) throws(SchemaError) {
    var colours = [Colour](repeating: .fresh, count: nodes.count)
    for start in nodes.indices where colours[start] == .fresh {
      // A stack of its own, because a chain of references may be as long as the document.
      var path = [(node: start, left: steps(from: nodes[start])[...])]
      colours[start] = .open
      while let top = path.indices.last {
        guard let next = path[top].left.popFirst() else {
          colours[path[top].node] = .done
          path.removeLast()
          continue
        }
        switch colours[next] {
        case .done: continue
        case .open:
          throw SchemaError(
            place: nodes[next].place, message: "applies itself to the same value without end")
        case .fresh:
          colours[next] = .open
          path.append((next, steps(from: nodes[next])[...]))
        }
      }
    }
  }

  /// The schemas that `node` applies to the value it is itself applied to.
  private static func steps(from node: SchemaNode) -> [Int] {
    node.rules.flatMap { rule -> [Int] in
      switch rule {
      case .reference(let target), .dynamicReference(let target, _), .not(let target): [target]
      case .allOf(let parts), .anyOf(let parts), .oneOf(let parts): parts
      case .condition(let test, let then, let otherwise): [test, then, otherwise].compactMap { $0 }
      case .dependentSchemas(let entries): entries.map(\.node)
      default: []
      }
    }
  }
}
