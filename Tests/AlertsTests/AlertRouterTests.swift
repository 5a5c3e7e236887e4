import Codec
import PromQL
import Testing

@testable import Alerts

/// Who is told what, and when. Times are seconds in texts and milliseconds in calls.
struct AlertRouterTests {
  private typealias Scene = RouterScene

  @Test func `a group waits, tells what is new by its interval, repeats, and tells the end`() {
    var scene = Scene(Scene.policy { $0.repetition = 300_000 })
    let a = Scene.alert("a", from: 0)
    let b = Scene.alert("b", from: 30_000)
    scene.take([a], at: 0)
    scene.take([a, b], at: 30_000)
    scene.run(to: 400_000)
    scene.take([a.ended(at: 405_000), b], at: 405_000)
    scene.run(to: 440_000)
    scene.take([b.ended(at: 445_000)], at: 445_000)
    scene.run(to: 2_000_000)
    #expect(
      scene.lines == [
        "10 chat: +a", "70 chat: +a +b", "370 chat: +a +b", "430 chat: +b -a", "490 chat: -b",
      ])
    #expect(scene.router.alerts.isEmpty && scene.router.groups.isEmpty)
    #expect(scene.memory.keys("").isEmpty)
  }

  @Test func `an alert that ends within the wait is not told`() {
    var scene = Scene(Scene.policy())
    scene.take([Scene.alert("a", from: 0)], at: 0)
    scene.take([Scene.alert("a", from: 0, to: 5_000)], at: 5_000)
    scene.run(to: 1_000_000)
    #expect(scene.lines.isEmpty && scene.memory.keys("").isEmpty)
  }

  @Test func `an alert whose rule is gone is over`() {
    var scene = Scene(Scene.policy())
    scene.take([Scene.alert("a", from: 0)], at: 0)
    scene.run(to: 20_000)
    scene.take([], at: 30_000)
    scene.run(to: 100_000)
    #expect(scene.lines == ["10 chat: +a", "70 chat: -a"])
  }

  @Test func `a thousand alerts of a group are one message`() throws {
    var scene = Scene(Scene.policy())
    scene.take((0..<1_000).map { Scene.alert("\($0)", from: 0) }, at: 0)
    scene.run(to: 50_000)
    let message = try #require(scene.sent.first)
    #expect(scene.sent.count == 1 && message.alerts.count == 100 && message.omitted == 900)
  }

  @Test func `the deepest route takes an alert, and one that goes on lets others have it too`() {
    var scene = Scene(
      Scene.policy { route in
        var critical = AlertRoute(receiver: "oncall")
        critical.matchers = Scene.matchers("severity=\"critical\"")
        critical.goesOn = true
        var team = AlertRoute(receiver: "boss")
        team.matchers = Scene.matchers("team=~\"pay.*\"")
        route.routes = [critical, team]
      })
    scene.take(
      [
        Scene.alert("a", from: 0), Scene.alert("b", from: 0, [Label("severity", "critical")]),
        Scene.alert("c", from: 0, [Label("severity", "critical"), Label("team", "payments")]),
      ], at: 0)
    scene.run(to: 20_000)
    #expect(
      Set(scene.lines) == ["10 chat: +a", "10 oncall: +b +c", "10 boss: +c"])
  }

  @Test func `silenced alerts are not told, but what was told ends all the same`() {
    var scene = Scene(Scene.policy { $0.repetition = 120_000 })
    let a = Scene.alert("a", from: 0)
    let b = Scene.alert("b", from: 20_000)
    scene.take([a], at: 0)
    scene.run(to: 15_000)
    let silence = Silence(
      id: "s", matchers: Scene.matchers("alertname=A"), startsAt: 15_000, endsAt: 400_000,
      createdBy: "ana", comment: "")
    let isTaken = scene.router.add(silence, at: 15_000)
    #expect(isTaken)
    scene.take([a, b], at: 20_000)
    scene.run(to: 300_000)
    scene.take([a.ended(at: 300_000), b], at: 300_000)
    scene.run(to: 500_000)
    #expect(scene.lines == ["10 chat: +a", "310 chat: -a", "430 chat: +b"])
  }

  @Test func `an alert that explains others keeps them silent while it fires`() {
    var policy = Scene.policy()
    policy.inhibitions = [
      Inhibition(
        source: Scene.matchers("alertname=Outage"), target: Scene.matchers("alertname!=Outage"),
        equal: ["provider"])
    ]
    var scene = Scene(policy)
    let outage = Scene.alert("o", "Outage", from: 0, [Label("provider", "x")])
    let slow = Scene.alert("s", "Slow", from: 0, [Label("provider", "x")])
    let other = Scene.alert("t", "Slow", from: 0, [Label("provider", "y")])
    scene.take([outage, slow, other], at: 0)
    scene.run(to: 50_000)
    #expect(
      scene.router.standing(slow.labels, at: 1).inhibitedBy
        == [AlertIdentity.fingerprint(outage.labels)])
    scene.take([outage.ended(at: 60_000), slow, other], at: 60_000)
    scene.run(to: 100_000)
    #expect(
      Set(scene.lines) == [
        "10 chat: +o", "10 chat: +t", "70 chat: -o", "70 chat: +s +t",
      ])
  }

  @Test func `nobody acknowledges: the next one is told, and hears the end`() {
    var scene = Scene(
      Scene.policy { $0.escalations = [AlertRoute.Escalation(after: 100_000, receiver: "boss")] })
    scene.take([Scene.alert("a", from: 0)], at: 0)
    scene.run(to: 200_000)
    scene.take([Scene.alert("a", from: 0, to: 205_000)], at: 205_000)
    scene.run(to: 300_000)
    #expect(
      scene.lines == [
        "10 chat: +a", "110 boss escalation: +a", "250 chat: -a", "250 boss: -a",
      ])
  }

  @Test func `what is acknowledged is neither escalated nor repeated, and trackers are told`() {
    var scene = Scene(
      Scene.policy { route in
        route.receiver = "oncall"
        route.repetition = 60_000
        route.escalations = [AlertRoute.Escalation(after: 100_000, receiver: "boss")]
      })
    let a = Scene.alert("a", from: 0)
    scene.take([a], at: 0)
    scene.run(to: 50_000)
    scene.note(scene.router.acknowledge(a.labels, by: "ana", comment: "on it", at: 50_000))
    scene.run(to: 400_000)
    scene.take([a, Scene.alert("b", from: 400_000)], at: 400_000)
    scene.run(to: 440_000)
    scene.take([], at: 445_000)
    scene.run(to: 600_000)
    #expect(
      scene.lines == [
        "10 oncall: +a", "50 oncall acknowledged: +a", "430 oncall: +a +b", "490 oncall: -a -b",
      ])
    #expect(scene.router.acknowledgements.isEmpty)
  }

  @Test func `who is told by a route that is gone hears the end`() {
    var scene = Scene(Scene.policy())
    let a = Scene.alert("a", from: 0)
    scene.take([a], at: 0)
    scene.run(to: 20_000)
    scene.router.follow(Scene.policy { $0.receiver = "boss" }, at: 20_000)
    scene.run(to: 100_000)
    scene.take([a.ended(at: 100_000)], at: 100_000)
    scene.run(to: 300_000)
    #expect(
      scene.lines == ["10 chat: +a", "30 boss: +a", "130 chat: -a", "150 boss: -a"])
  }

  @Test func `mute times keep a route silent, and what was said before ends all the same`() {
    var night = MuteTime(name: "night", zone: .utc)
    night.hours = [MuteTime.Hours(from: 22 * 60, to: 6 * 60)]
    var policy = Scene.policy { $0.muteTimes = ["night"] }
    policy.muteTimes = [night]
    var scene = Scene(policy)
    let evening: Int64 = (21 * 60 + 59) * 60_000
    let a = Scene.alert("a", from: evening)
    scene.take([a], at: evening)
    scene.take([a, Scene.alert("b", from: evening + 60_000)], at: evening + 60_000)
    scene.take([Scene.alert("b", from: evening + 60_000)], at: evening + 200_000)
    scene.run(to: 30 * 3_600_000 - 1)
    #expect(scene.lines == ["79150 chat: +a", "79390 chat: -a"])
    scene.run(to: 30 * 3_600_000 + 59_999)
    #expect(scene.lines.last == "108010 chat: +b")
  }

  @Test func `a receiver that does not want to hear of the end does not`() {
    var scene = Scene(Scene.policy { $0.receiver = "mute" })
    scene.take([Scene.alert("a", from: 0)], at: 0)
    scene.run(to: 20_000)
    scene.take([], at: 30_000)
    scene.run(to: 500_000)
    #expect(scene.lines == ["10 mute: +a"])
    #expect(scene.router.groups.isEmpty)
  }

  @Test func `keys of messages never come twice`() {
    var scene = Scene(Scene.policy { $0.grouping = .each })
    for round in 0..<20 as Range<Int64> {
      let start = round * 200_000
      scene.take([Scene.alert("a", from: start)], at: start)
      scene.take([], at: start + 50_000)
    }
    scene.run(to: 5_000_000)
    #expect(scene.sent.count == 40)
    #expect(Set(scene.sent.map(\.key)).count == 40)
  }
}
