import Codec
import PromQL
import TestSupport
import Testing

/// What Grafana needs to import a dashboard, and what its readers may rely on. What the panels show
/// is held to a feed by scripts/dashboards-check.
@Suite struct DashboardTests {
  @Test func `there is one for each subject, under a name of its own`() {
    let names = Dashboard.all.map(\.name)
    #expect(
      names == [
        "collector.json", "errors.json", "latency.json", "models-and-cost.json", "overview.json",
        "prompts.json", "quality.json", "tenants.json",
      ])
    let identities = Dashboard.all.map { $0.root["uid"]?.text ?? "" }
    #expect(Set(identities).count == names.count)
    #expect(identities.allSatisfy { $0.count <= 40 && $0.contains(/^[A-Za-z0-9_-]+$/) })
  }

  @Test(arguments: Dashboard.all)
  func `it can be imported`(_ dashboard: Dashboard) throws {
    let root = dashboard.root
    #expect(root["id"]?.scalar == .null)
    #expect(root["title"]?.text?.hasPrefix("Barograph / ") == true)
    #expect(root["schemaVersion"]?.scalar == .int(39))
    #expect(root["refresh"]?.text == "30s")
    #expect(root["time"]?["from"]?.text == "now-1h")
    #expect(root["tags"].items.first?.text == "barograph")
    #expect(root["__inputs"] == nil, "provisioning fills in no inputs")
    #expect(root["templating"]?["list"].items.first?["type"]?.text == "datasource")
    #expect(root["annotations"]?["list"].items.first?["expr"]?.text?.contains("ALERTS") == true)
    #expect(root["links"].items.first?["includeVars"]?.text == "true")
  }

  @Test(arguments: Dashboard.all)
  func `panels have a place and a number of their own`(_ dashboard: Dashboard) throws {
    var taken: Set<[Int]> = []
    var numbers: Set<String> = []
    for panel in dashboard.root["panels"].items {
      let title = panel["title"]?.text ?? ""
      let isNew = numbers.insert(panel["id"]?.text ?? "").inserted
      #expect(isNew, "\(title)")
      let place = try ["x", "y", "w", "h"].map { key in
        try #require(Int(panel["gridPos"]?[key]?.text ?? ""), "\(title)")
      }
      #expect(place[0] >= 0 && place[0] + place[2] <= 24, "\(title)")
      for column in place[0]..<place[0] + place[2] {
        for line in place[1]..<place[1] + place[3] {
          let isFree = taken.insert([column, line]).inserted
          #expect(isFree, "\(title) lies on another")
        }
      }
    }
    let titles = dashboard.panels.map { $0["title"]?.text ?? "" }
    #expect(Set(titles).count == titles.count && !titles.contains(""))
  }

  @Test(arguments: Dashboard.all)
  func `every query names the data source that is chosen`(_ dashboard: Dashboard) throws {
    var count = 0
    Self.walk(dashboard.root) { key, node in
      guard key == "datasource" else { return }
      count += 1
      #expect(node["type"]?.text == "prometheus" && node["uid"]?.text == "${ds}")
    }
    #expect(count > dashboard.queries.count)
    for panel in dashboard.panels {
      let references = panel["targets"].items.map { $0["refId"]?.text ?? "" }
      #expect(Set(references).count == references.count && references.first == "A")
    }
  }

  @Test(arguments: Dashboard.all)
  func `every variable that is used is there, and the other way round`(_ dashboard: Dashboard) {
    let known = Set(
      dashboard.root["templating"]?["list"].items.map { $0["name"]?.text ?? "" } ?? [])
    var used: Set<String> = []
    Self.walk(dashboard.root) { _, node in
      guard let text = node.text else { return }
      for match in text.matches(of: /\$\x7B?([A-Za-z_]+)/) { used.insert(String(match.output.1)) }
    }
    let macros = ["__rate_interval", "__range", "__from", "__to", "__value", "__field", "__all"]
    #expect(used.subtracting(macros) == known.filter { !$0.isEmpty })
  }

  private static let units: Set<String> = [
    "short", "none", "percentunit", "s", "bytes", "currencyUSD", "suffix: req/min",
    "suffix: tok/min", "suffix: /min",
  ]

  @Test(arguments: Dashboard.all)
  func `units are known and thresholds rise from the first`(_ dashboard: Dashboard) {
    Self.walk(dashboard.root) { key, node in
      if key == "unit" { #expect(Self.units.contains(node.text ?? ""), "\(node)") }
      guard key == "thresholds" else { return }
      let steps = node["steps"].items.map { $0["value"]?.text }
      #expect(node["steps"].items.first?["value"]?.scalar == .null)
      let values = steps.dropFirst().map { Double($0 ?? "") ?? .nan }
      #expect(values == values.sorted())
    }
  }

  @Test(arguments: Dashboard.all)
  func `every query is one of our language`(_ dashboard: Dashboard) throws {
    #expect(!dashboard.queries.isEmpty)
    for query in dashboard.queries {
      do {
        _ = try Parser.parse(query.filled(rate: 60, range: 3_600))
      } catch {
        Issue.record("\(query.panel), \(query.reference): \(error)")
      }
    }
  }

  @Test(arguments: Dashboard.all)
  func `no cost is shown without the share that is priced`(_ dashboard: Dashboard) {
    for panel in dashboard.panels {
      let queries = panel["targets"].items.map { $0["expr"]?.text ?? "" }
      // What is to be corrected and what was saved are no costs.
      guard queries.contains(where: { $0.contains(/cost_usd(_total|_per_hour)/) }) else { continue }
      let title = panel["title"]?.text ?? ""
      #expect(queries.contains { $0.contains("unpriced") || $0.contains("coverage") }, "\(title)")
    }
  }

  @Test func `provisioning files can be read and name what there is`() throws {
    let sources = try #require(
      try ConfigReader.read(Dashboard.bytes("provisioning/datasources/barograph.yaml")).first)
    #expect(
      sources["datasources"].items.map { $0["type"]?.text ?? "" } == [
        "prometheus", "simpod-json-datasource", "yesoreyeram-infinity-datasource",
      ])
    let providers = try #require(
      try ConfigReader.read(Dashboard.bytes("provisioning/dashboards/barograph.yaml")).first)
    #expect(providers["providers"].items.map { $0["type"]?.text } == ["file"])
  }

  /// Every value of a tree with the key that it is under.
  private static func walk(
    _ node: ConfigNode, under key: String = "", _ body: (String, ConfigNode) -> Void
  ) {
    body(key, node)
    switch node.value {
    case .sequence(let items): for item in items { walk(item, under: "", body) }
    case .mapping(let pairs):
      for pair in pairs { walk(pair.value, under: pair.key.text ?? "", body) }
    case .null, .scalar: break
    }
  }
}
