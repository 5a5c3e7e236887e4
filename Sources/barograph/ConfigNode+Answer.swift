internal import Codec

extension ConfigNode {
  /// The tree of what a collector answered, which may be long; nil when it is no JSON.
  static func answer(_ json: [UInt8]) -> ConfigNode? {
    var limits = ConfigReader.Limits()
    limits.bytes = 64 << 20
    limits.nodes = 10_000_000
    do throws(ConfigSyntaxError) {
      return try ConfigReader.read(json, limits: limits).first
    } catch {
      return nil
    }
  }
}
