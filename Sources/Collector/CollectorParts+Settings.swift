internal import Intake
internal import Pattern
internal import Serving

/// From the configuration to the rules that the rooms follow.
extension CollectorParts {
  static func settings(
    _ configuration: Configuration, _ installation: Installation
  ) throws(StartError) -> ServingSettings {
    let limits = configuration.limits
    var intake = IntakeSettings(
      identityKey: installation.identityKey, pseudonymKey: installation.pseudonymKey)
    intake.line = limits.line
    intake.text = limits.string
    intake.payload = limits.payload
    intake.attributes = limits.attributes
    intake.depth = limits.depth
    intake.retention = configuration.eventRetention.nanoseconds
    intake.payloads =
      switch configuration.payloads {
      case .off: .off
      case .redacted: .redacted
      case .full: .full
      }
    intake.redaction = try policy(configuration.redaction)
    var settings = ServingSettings(intake: intake)
    settings.body = limits.body
    settings.inflated = limits.inflated
    settings.head = limits.header
    settings.connections = limits.connections
    settings.idle = limits.idle.nanoseconds
    settings.allowedHosts = configuration.allowedHosts
    settings.allowedOrigins = configuration.allowedOrigins
    settings.durability = configuration.durability.rawValue
    return settings
  }

  private static func policy(
    _ redaction: Configuration.Redaction
  ) throws(StartError) -> RedactionPolicy {
    var detectors = RedactionDetectors.standard
    if redaction.ip { detectors.insert(.ip) }
    if redaction.phone { detectors.insert(.phone) }
    var expressions: [RedactionPolicy.Expression] = []
    for custom in redaction.patterns {
      do throws(PatternError) {
        expressions.append(
          RedactionPolicy.Expression(name: custom.name, pattern: try BytePattern(custom.regex)))
      } catch {
        throw StartError("cannot use the redaction pattern \(custom.name): \(error)")
      }
    }
    return RedactionPolicy(
      detectors: detectors, expressions: expressions, fields: redaction.fields)
  }
}
