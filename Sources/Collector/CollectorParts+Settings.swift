internal import History
internal import Intake
internal import LinuxIO
internal import Money
internal import Pattern
internal import Redaction
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
    intake.retention = configuration.retention.oldestEvent.nanoseconds
    intake.payloads = payloads(configuration.payloads)
    intake.redaction = try policy(configuration.redaction)
    for tenant in configuration.redaction.tenants {
      intake.tenants[tenant.tenant] = IntakeSettings.TenantRules(
        redaction: try policy(configuration.redaction, tenant),
        payloads: payloads(tenant.payloads ?? configuration.payloads))
    }
    intake.keepsCallTexts = try qualityPlan(configuration).hasAudience
    intake.prices = PriceBook(files: try priceFiles(configuration.prices))
    var settings = ServingSettings(intake: intake)
    settings.body = limits.body
    settings.inflated = limits.inflated
    settings.head = limits.header
    settings.connections = limits.connections
    settings.idle = limits.idle.nanoseconds
    settings.allowedHosts = configuration.allowedHosts
    settings.allowedOrigins = configuration.allowedOrigins
    settings.countsUnstored = configuration.onStoreFailure == .accept
    settings.durability = configuration.durability.rawValue
    return settings
  }

  private static func payloads(_ configured: Configuration.Payloads) -> PayloadPolicy {
    switch configured {
    case .off: .off
    case .redacted: .redacted
    case .full: .full
    }
  }

  /// The rules of all and those of a tenant beside them.
  private static func policy(
    _ redaction: Configuration.Redaction, _ tenant: Configuration.TenantRedaction
  ) throws(StartError) -> RedactionPolicy {
    var own = redaction
    own.ip = own.ip || tenant.ip
    own.phone = own.phone || tenant.phone
    own.patterns += tenant.patterns
    own.fields += tenant.fields
    return try policy(own)
  }

  /// Who looks at finished calls.
  static func qualityPlan(_ configuration: Configuration) throws(StartError) -> QualityPlan {
    // Only what full payloads allow to be kept may leave the machine as it came.
    // Whose calls they are is not asked there, so the strictest of all rules hold.
    let tenants = configuration.redaction.tenants
    var policies = [try policy(configuration.redaction)]
    for tenant in tenants { policies.append(try policy(configuration.redaction, tenant)) }
    let isFree = configuration.payloads == .full && tenants.isEmpty
    let redaction = isFree ? nil : RedactionPolicy.all(of: policies)
    return QualityPlan(
      evaluators: configuration.evaluators.settings, judges: configuration.judges.settings,
      redaction: redaction)
  }

  /// Bytes that a price file may have.
  private static let priceFileLimit = 64 << 20

  private static func priceFiles(_ paths: [String]) throws(StartError) -> [PriceFile] {
    var files: [PriceFile] = []
    for path in paths {
      let bytes: [UInt8]
      do throws(Errno) {
        bytes = try FileSystem.read(path, limit: priceFileLimit)
      } catch {
        throw StartError("cannot read prices from \(path): \(error.text)")
      }
      do throws(PriceFileError) {
        files.append(try PriceFile(bytes, name: path))
      } catch {
        throw StartError("\(error)")
      }
    }
    for (file, path) in zip(files, paths) {
      if let broken = file.brokenExpressions().first {
        throw StartError("cannot use prices from \(path): \(broken)")
      }
    }
    return files
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

extension Configuration.Retention {
  /// The age beyond which no event is kept, whatever it is and whose.
  var oldestEvent: Duration {
    let own = tenants.flatMap { [$0.events, $0.logs] }.compactMap { $0 }
    return max(events, logs, .nanoseconds(own.max() ?? 0))
  }

  /// The same for the store.
  var policy: RetentionPolicy {
    var policy = RetentionPolicy()
    policy.events = events.nanoseconds
    policy.logs = logs.nanoseconds
    policy.payloads = payloads.nanoseconds
    policy.minutes = minute.nanoseconds
    policy.hours = hour.nanoseconds
    policy.audit = audit.nanoseconds
    policy.bytes = size
    policy.tenants = tenants
    return policy
  }
}
