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
}
