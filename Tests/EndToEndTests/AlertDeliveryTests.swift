import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What receivers hear when they, the collector or its configuration do not stay as they were.
@Suite struct AlertDeliveryTests {
  @Test func `a dead receiver delays no other and hears all in order once it is back`() throws {
    try FakeReceiver.use { fine in
      try FakeReceiver.use(.hangs) { slow in
        try FakeReceiver.use(.refuses) { dead in
          let configuration = AlertBench.configuration(
            [("fine", fine), ("slow", slow), ("dead", dead)],
            route: "receiver: fine, routes: [{receiver: slow, continue: true}, "
              + "{receiver: dead, continue: true}, {receiver: fine}]")
          try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
            for count in 1...2 {
              try bench.call("m")
              try bench.expect(count, by: fine, within: 5)
            }
            #expect(slow.taken.isEmpty && dead.requests.isEmpty)
            (slow.manner, dead.manner) = (.takes, .takes)
            try bench.call("m")
            for receiver in [fine, slow, dead] {
              // A breaker may have opened, for half a minute.
              let told = try bench.expect(3, by: receiver, within: 60)
              #expect(told.flatMap(\.alerts) == ["firing m", "resolved m", "firing m"])
              #expect(Set(told.map(\.key)).count == 3)
            }
            try bench.expect(
              "/v1/receivers", has: [#""name":"dead","type":"webhook","breaker":"closed""#])
          }
        }
      }
    }
  }

  @Test func `what was under way when the process died is delivered after it with the same key`()
    throws
  {
    try FakeReceiver.use(.hangs) { hook in
      let configuration = AlertBench.configuration([("hook", hook)], route: "receiver: hook")
      try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
        try bench.call("m")
        #expect(try Eventually.holds { !hook.requests.isEmpty })
        try bench.collector.stop(ChildProcess.killNow)
        hook.manner = .takes
        try bench.collector.start()
        let told = try bench.expect(1, by: hook)
        #expect(hook.requests.count == 2)
        #expect(Set(hook.requests.map(\.key)).count == 1)
        #expect(hook.requests.allSatisfy { $0.body == told.first?.body })

        try bench.call("m")
        let both = try bench.expect(2, by: hook)
        #expect(both.flatMap(\.alerts) == ["firing m", "resolved m"])
        #expect(
          both.last?.part(/"startsAt":"([^"]*)"/) == both.first?.part(/"startsAt":"([^"]*)"/))
      }
    }
  }

  @Test func `the end of an alert is told though the process died between`() throws {
    try FakeReceiver.use { hook in
      let configuration = AlertBench.configuration([("hook", hook)], route: "receiver: hook")
      try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
        try bench.call("m", "n")
        #expect(try bench.expect(1, by: hook).first?.alerts == ["firing m", "firing n"])
        let before = try bench.collector.text("/v1/notifications")
        try bench.collector.stop(ChildProcess.killNow)
        try bench.collector.start()
        try bench.expect("/v1/alerts", has: [#""model":"m""#, #""model":"n""#])
        try bench.call("m")
        #expect(try bench.expect(2, by: hook).last?.alerts == ["firing n", "resolved m"])
        try bench.collector.stop(ChildProcess.killNow)
        try bench.collector.start()
        try bench.call("n")
        #expect(try bench.expect(3, by: hook).last?.alerts == ["resolved n"])
        #expect(Set(hook.requests.map(\.key)).count == 3, "\(before)")
      }
    }
  }

  @Test func `who was told hears the end though the route leads elsewhere by then`() throws {
    try FakeReceiver.use { old in
      try FakeReceiver.use { new in
        let receivers = [("old", old), ("new", new)]
        try AlertBench.use(
          AlertBench.oddCalls, AlertBench.configuration(receivers, route: "receiver: old")
        ) { bench in
          try bench.call("m")
          try bench.expect(1, by: old)
          try bench.reload(AlertBench.configuration(receivers, route: "receiver: new"))
          #expect(try bench.expect(1, by: new).first?.alerts == ["firing m"])
          try bench.call("n")
          #expect(try bench.expect(2, by: new).last?.alerts == ["firing m", "firing n"])
          try bench.call("m", "n")
          let last = try bench.expect(3, by: new).last
          #expect(last?.alerts == ["resolved m", "resolved n"])
          #expect(try bench.expect(2, by: old, within: 70).last?.alerts == ["resolved m"])
        }
      }
    }
  }
}
