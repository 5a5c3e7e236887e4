import HTTP
import LinuxIO
import Outbound
import Testing

/// A page in a browser on this machine reaches nothing of the collector, whatever it asks.
@Suite struct OriginTests {
  private static let rows = AccessTable.documented.rows

  private static func head(
    _ collector: RunningCollector, _ method: String, _ path: String, _ fields: String
  ) throws -> String {
    let raw = try RawConnection(collector.url)
    try raw.send("\(method) \(path) HTTP/1.1\r\n\(fields)\r\n\r\n")
    return try raw.readHead()
  }

  @Test func `no route answers under another host's name`() throws {
    try RunningCollector.use { collector in
      for row in Self.rows {
        for name in ["evil.example", "127.0.0.1.evil.example", "evil.example:4318", "0.0.0.0"] {
          let head = try Self.head(
            collector, row.method, row.path.replacing("{", with: "").replacing("}", with: ""),
            "Host: \(name)")
          #expect(head.hasPrefix("HTTP/1.1 403 "), "\(row.name) at \(name)")
        }
      }
    }
  }

  @Test func `no route answers a page of another origin, and none is told that it may ask`() throws
  {
    try RunningCollector.use { collector in
      for row in Self.rows {
        let path = row.path.replacing("{", with: "").replacing("}", with: "")
        for origin in ["http://evil.example", "null", "http://localhost:3000"] {
          let fields = "Host: localhost\r\nOrigin: \(origin)"
          let heads = try [
            Self.head(collector, row.method, path, fields),
            Self.head(
              collector, "OPTIONS", path,
              fields + "\r\nAccess-Control-Request-Method: \(row.method)"),
          ]
          for head in heads {
            #expect(head.hasPrefix("HTTP/1.1 403 "), "\(row.name) from \(origin)")
            #expect(!head.lowercased().contains("access-control"), "\(row.name) from \(origin)")
          }
        }
      }
      #expect(try collector.rowCount() == 0)
    }
  }

  @Test func `no route answers what a page of another site loads, but a link that is followed`()
    throws
  {
    try RunningCollector.use { collector in
      for row in Self.rows {
        let path = row.path.replacing("{", with: "").replacing("}", with: "")
        for (site, mode, destination) in [
          ("cross-site", "no-cors", "image"), ("cross-site", "no-cors", "script"),
          ("same-site", "no-cors", "empty"), ("cross-site", "navigate", "iframe"),
        ] {
          let head = try Self.head(
            collector, row.method, path,
            "Host: localhost\r\nSec-Fetch-Site: \(site)\r\nSec-Fetch-Mode: \(mode)\r\n"
              + "Sec-Fetch-Dest: \(destination)")
          #expect(head.hasPrefix("HTTP/1.1 403 "), "\(row.name) as \(site) \(destination)")
        }
      }
      for fields in [
        "Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document",
      ] {
        let head = try Self.head(collector, "GET", "/docs", "Host: localhost\r\n\(fields)")
        #expect(head.hasPrefix("HTTP/1.1 200 "), "\(fields)")
      }
    }
  }
}
