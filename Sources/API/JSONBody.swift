internal import Codec
internal import Serving

/// The JSON object that a request brings.
struct JSONBody {
  private let node: ConfigNode?

  /// The body of `request`; without members where it is no object.
  init(_ request: Request) {
    do throws(ConfigSyntaxError) {
      node = try ConfigReader.read(request.body).first
    } catch {
      node = nil
    }
  }

  /// The text of a member; nil for none, and for null.
  func text(_ key: String) -> String? {
    guard let member = node?[key], member.scalar != .null else { return nil }
    return member.text
  }

  /// The texts of a member that is a list.
  func texts(_ key: String) -> [String] {
    guard case .sequence(let nodes)? = node?[key]?.value else { return [] }
    return nodes.compactMap(\.text)
  }

  /// Two texts of each object in a member that is a list.
  func pairs(_ key: String, _ first: String, _ second: String) -> [(String, String)] {
    guard case .sequence(let nodes)? = node?[key]?.value else { return [] }
    return nodes.compactMap { node in
      guard let first = node[first]?.text, let second = node[second]?.text else { return nil }
      return (first, second)
    }
  }
}
