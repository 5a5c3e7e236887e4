import PromQL
import TestSupport
import Testing

@testable import Alerts

/// Long random runs of the router: killed at any point it decides what it would have decided, and
/// whoever heard that something fires hears that it is over.
struct AlertRouterModelTests {
  /// Random numbers that a printed seed gives again.

  private enum Event {
    case take(rule: String, [NotifiedAlert])
    case silence(Silence)
    case expire(String)
    case acknowledge(Labels)
    case reload
  }

  private static let names = ["Outage", "Slow", "Cost"]
  private static let end: Int64 = 5_400_000

  private static func policy(_ dice: inout Dice) -> AlertPolicy {
    var policy = RouterScene.policy { route in
      route.wait = Int64.random(in: 0...30_000, using: &dice)
      route.interval = Int64.random(in: 20_000...90_000, using: &dice)
      route.repetition = Int64.random(in: 60_000...900_000, using: &dice)
      route.grouping = Bool.random(using: &dice) ? .by(["alertname"]) : .each
      var critical = AlertRoute(receiver: "oncall")
      critical.matchers = RouterScene.matchers("alertname=Outage")
      critical.escalations = [
        AlertRoute.Escalation(after: 120_000, receiver: "boss"),
        AlertRoute.Escalation(after: 600_000, receiver: "mute"),
      ]
      critical.goesOn = Bool.random(using: &dice)
      var cost = AlertRoute(receiver: "mute")
      cost.matchers = RouterScene.matchers("alertname=~\"C.*\"")
      route.routes = [critical, cost]
    }
    policy.inhibitions = [
      Inhibition(
        source: RouterScene.matchers("alertname=Outage"),
        target: RouterScene.matchers("alertname=Slow"), equal: ["id"])
    ]
    policy.receivers["boss"]?.refresh = 100_000
    return policy
  }

  /// Alerts of rules come and go, people silence and acknowledge, until everything is over.
  private static func events(_ dice: inout Dice) -> [(time: Int64, event: Event)] {
    var events: [(time: Int64, event: Event)] = []
    var firing: [String: [Int: Int64]] = [:]
    var time: Int64 = 0
    var silences = 0
    while time < end {
      time += Int64.random(in: 1...60_000, using: &dice)
      switch Int.random(in: 0..<20, using: &dice) {
      case 0:
        silences += 1
        let start = time + Int64.random(in: 0...60_000, using: &dice)
        let length = Int64.random(in: 1...900_000, using: &dice)
        events.append(
          (
            time,
            .silence(
              Silence(
                id: "s\(silences)",
                matchers: RouterScene.matchers("id=\(Int.random(in: 0..<4, using: &dice))"),
                startsAt: start, endsAt: start + length, createdBy: "ana", comment: ""))
          ))
      case 1: events.append((time, .expire("s\(Int.random(in: 0...silences, using: &dice))")))
      case 2: events.append((time, .reload))
      case 3, 4:
        guard let (name, alerts) = firing.randomElement(using: &dice),
          let (id, start) = alerts.randomElement(using: &dice)
        else { continue }
        events.append(
          (time, .acknowledge(RouterScene.alert("\(id)", name, from: start).labels)))
      default:
        let name = names[Int.random(in: 0..<names.count, using: &dice)]
        var alerts = firing[name] ?? [:]
        var told: [NotifiedAlert] = []
        for id in 0..<4 where Int.random(in: 0..<3, using: &dice) == 0 {
          if let start = alerts.removeValue(forKey: id) {
            told.append(RouterScene.alert("\(id)", name, from: start, to: time))
          } else {
            alerts[id] = time
          }
        }
        for (id, start) in alerts.sorted(by: { $0.key < $1.key }) {
          told.append(RouterScene.alert("\(id)", name, from: start, value: "\(time % 7)"))
        }
        firing[name] = alerts
        events.append((time, .take(rule: name, told)))
      }
    }
    for name in names { events.append((end + 60_000, .take(rule: name, []))) }
    return events
  }

  private static func apply(_ event: Event, at time: Int64, to scene: inout RouterScene) {
    scene.run(to: time - 1)
    switch event {
    case .take(let rule, let alerts): scene.take(alerts, of: rule, at: time)
    case .silence(let silence): _ = scene.router.add(silence, at: time)
    case .expire(let id): _ = scene.router.expire(id, at: time)
    case .acknowledge(let labels):
      scene.note(scene.router.acknowledge(labels, by: "bo", comment: "", at: time))
    case .reload: scene.router.follow(scene.router.policy, at: time)
    }
    scene.note([])
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a run killed at any point tells what an unbroken one tells`(seed: UInt64) {
    var dice = Dice(seed: seed)
    let policy = Self.policy(&dice)
    var unbroken = RouterScene(policy)
    var killed = RouterScene(policy)
    for (time, event) in Self.events(&dice) {
      Self.apply(event, at: time, to: &unbroken)
      Self.apply(event, at: time, to: &killed)
      if Int.random(in: 0..<3, using: &dice) == 0 { killed.restart(at: time) }
    }
    unbroken.run(to: Self.end + 3_600_000)
    killed.run(to: Self.end + 3_600_000)
    #expect(unbroken.sent == killed.sent, "seed \(seed)")
    #expect(unbroken.sent.count > 20)
    #expect(Set(unbroken.sent.map(\.key)).count == unbroken.sent.count)
  }

  @Test(arguments: 100..<120 as Range<UInt64>)
  func `who heard that something fires hears that it is over, and nobody else`(seed: UInt64) {
    var dice = Dice(seed: seed)
    var scene = RouterScene(Self.policy(&dice))
    for (time, event) in Self.events(&dice) { Self.apply(event, at: time, to: &scene) }
    scene.run(to: Self.end + 3_600_000)
    var firing: [String: Set<Labels>] = [:]
    for message in scene.sent where message.reason != .acknowledged {
      for alert in message.alerts {
        let who = "\(message.receiver) \(message.groupKey)"
        if alert.endsAt == nil {
          firing[who, default: []].insert(alert.labels)
        } else {
          let wasTold = firing[who, default: []].remove(alert.labels) != nil
          #expect(wasTold, "seed \(seed): \(who) heard only that \(alert.labels) is over")
        }
      }
    }
    for (who, alerts) in firing where !who.hasPrefix("mute") {
      #expect(alerts.isEmpty, "seed \(seed): \(who) still believes in \(alerts.count)")
    }
    #expect(scene.router.groups.isEmpty && scene.router.alerts.isEmpty, "seed \(seed)")
  }
}
