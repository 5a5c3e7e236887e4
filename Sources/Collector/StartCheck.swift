internal import Alerts
internal import Outbound

/// What would keep a collector from starting or from doing its work, found without starting it.
package enum StartCheck {
  /// What is wrong with what a configuration names: files of prices and rules, expressions, secrets
  /// of receivers, a time zone. Nothing where all is there and right.
  package static func problems(_ configuration: Configuration) -> [String] {
    var problems: [String] = []
    do throws(StartError) {
      _ = try CollectorParts.settings(configuration, .trial)
    } catch {
      problems.append(error.message)
    }
    do throws(StartError) {
      _ = try AlertPlan(configuration)
    } catch {
      problems.append(error.message)
    }
    return problems
  }

  /// What is wrong with the keys that let clients in, if anything is: their file cannot be used, or
  /// there is none where others can reach the collector.
  package static func accessProblem(_ configuration: Configuration) -> String? {
    do throws(StartError) {
      try KeysFile.check(configuration)
      return nil
    } catch {
      return error.message
    }
  }

  /// What is wrong with the secrets of a data directory, if anything is.
  package static func keyProblem(_ directory: String) -> String? {
    Installation.problem(directory)
  }

  /// Receivers that nothing can be sent to from this machine, and why. Empty where the
  /// configuration has other problems.
  package static func unreachable(
    _ configuration: Configuration
  ) -> [(receiver: String, cause: String)] {
    let receivers: [MessageDelivery]
    do throws(StartError) {
      let plan = try AlertPlan(configuration)
      receivers = plan.receivers.map {
        MessageDelivery(
          to: $0, externalURL: plan.externalURL, client: OutboundClient(), log: { _ in })
      }
    } catch {
      return []
    }
    return receivers.compactMap { delivery in
      delivery.lack.map { (delivery.settings.name, $0) }
    }
  }
}
