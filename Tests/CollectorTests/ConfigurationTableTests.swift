import Collector
import Testing

@Suite struct ConfigurationTableTests {
  @Test func `paths, variables and flags are unlike each other`() {
    let keys = ConfigurationTable.keys
    #expect(Set(keys.map(\.path)).count == keys.count)
    #expect(Set(keys.map(\.variable)).count == keys.count)
    #expect(
      keys.compactMap(\.flag).sorted() == ["--anonymous", "--data", "--listen", "--rules", "--udp"])
  }

  @Test func `the flags' help shows defaults`() {
    let loopback = "127.0.0.1:4318"
    #expect(
      ConfigurationTable.flagHelp == """
          --listen HOST:PORT|unix:PATH  where HTTP is answered (default: \(loopback))
          --udp HOST:PORT|off           where datagrams are taken, or off (default: \(loopback))
          --data DIR                    the directory that holds the store (default: barograph-data)
          --anonymous LIST              what clients may do without a key (default: [])
          --rules LIST                  files of recording and alerting rules (default: [])

        """)
  }

  @Test func `the documentation's table has a row for each key`() {
    let rows = ConfigurationTable.markdown.split(separator: "\n")
    #expect(rows.count == ConfigurationTable.keys.count + 2)
    #expect(
      rows[2] == "| `listen` | address | `127.0.0.1:4318` | `--listen` | restart | "
        + "where HTTP is answered |")
    #expect(rows.allSatisfy { $0.replacing("\\|", with: "").filter { $0 == "|" }.count == 7 })
  }
}
