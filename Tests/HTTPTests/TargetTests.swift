import HTTP
import Testing

struct TargetTests {
  @Test(arguments: [
    ("", []), ("a=1", ["a=1"]), ("a=1&b=2&a=3", ["a=1", "b=2", "a=3"]), ("a", ["a="]),
    ("a=", ["a="]), ("=b", ["=b"]), ("&&a=1&", ["a=1"]), ("a=b=c", ["a=b=c"]),
    ("q=a+b%20c%2Bd", ["q=a b c+d"]), ("match%5B%5D=up", ["match[]=up"]),
    ("a=%C3%BC", ["a=ü"]), ("a=%26%3d", ["a=&="]), ("a=+", ["a= "]),
  ])
  func `queries give their pairs in order`(query: String, expected: [String]) throws {
    let fields = try FormFields(bytes(query))
    #expect(fields.all.map { "\(text($0.name))=\(text($0.value))" } == expected)
  }

  @Test func `repeated names give their first value or all`() throws {
    let fields = try FormFields(bytes("a=1&b=2&a=3"))
    #expect(fields["a"] == bytes("1"))
    #expect(fields["c"] == nil)
    #expect(fields.values(of: "a") == [bytes("1"), bytes("3")])
  }

  @Test(arguments: ["%", "a=%", "a=%1", "a=%g0", "a=%0g", "%zz=1", "a=1&b=%2"])
  func `a broken percent-encoding is a bad request that keeps the connection`(
    query: String
  ) throws {
    let failure = #expect(throws: HTTPFailure.self) { try FormFields(bytes(query)) }
    #expect(failure?.status == 400)
    #expect(failure?.closes == false)
  }

  @Test(arguments: [
    ("/", [""]), ("/a/b", ["a", "b"]), ("/a%2Fb/c", ["a/b", "c"]), ("/a/", ["a", ""]),
    ("/a+b", ["a+b"]), ("//", ["", ""]), ("/...", ["..."]),
  ])
  func `paths give their decoded segments`(path: String, expected: [String]) throws {
    #expect(try PathSegments.decode(bytes(path)).map(text) == expected)
  }

  @Test(arguments: ["/%", "/%0", "/a%00", "/..", "/a/../b", "/%2e%2E", "/.", "/a/."])
  func `paths that mislead are refused`(path: String) {
    #expect(throws: HTTPFailure.self) { try PathSegments.decode(bytes(path)) }
  }

  @Test func `every byte survives encoding`() {
    let all = Array(UInt8.min...UInt8.max)
    var encoded: [UInt8] = []
    PercentCoding.append(all, to: &encoded)
    #expect(PercentCoding.decode(encoded, plusIsSpace: true) == all)
    var plain: [UInt8] = []
    PercentCoding.append(bytes("aZ09-._~ /ü"), to: &plain)
    #expect(text(plain) == "aZ09-._~%20%2F%C3%BC")
  }
}

struct MediaTypeTests {
  @Test(arguments: [
    ("text/plain", "text/plain"), ("Text/HTML; Charset=UTF-8", "text/html charset=UTF-8"),
    ("a/b;c=d;e=\"f;g\\\"h\"", "a/b c=d e=f;g\"h"), (" a/b ; c=d ; ", "a/b c=d"),
    ("application/vnd.api+json", "application/vnd.api+json"),
  ])
  func `media types are read`(input: String, expected: String) throws {
    let type = try #require(MediaType(bytes(input)))
    let parameters = type.parameters.map { " \(text($0.name))=\(text($0.value))" }.joined()
    #expect("\(text(type.type))/\(text(type.subtype))\(parameters)" == expected)
  }

  @Test(arguments: [
    "", "text", "text/", "/plain", "a/b/c", "a/b c", "a/b;c", "a/b;c=", "a/b;c=\"d", "a/b,c/d",
    "a /b", "a/b;c =d",
  ])
  func `what is no media type is nil`(input: String) {
    #expect(MediaType(bytes(input)) == nil)
  }

  @Test func `types and parameters can be asked for`() throws {
    let type = try #require(MediaType(bytes("Text/Plain; VERSION=0.0.4")))
    #expect(type.is("text", "plain"))
    #expect(!type.is("text", "html"))
    #expect(type.parameter("version") == bytes("0.0.4"))
    #expect(type.parameter("charset") == nil)
  }
}

struct NegotiationTests {
  static let pages = ["text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"]

  @Test(
    arguments: [
      (nil, 0), ("", 0), ("*/*", 0), ("text/*", 0), ("application/*", 1), ("text/html", nil),
      ("application/openmetrics-text", 1), ("text/plain;version=0.0.4", 0),
      ("text/plain;version=1.0.0", nil), ("text/plain;q=0.5,application/*;q=0.6", 1),
      ("text/plain;q=0.5,application/*;q=0.5", 0), ("*/*;q=0.1,text/plain;q=0", 1),
      ("*/*;q=0", nil), ("text/plain;q=0, text/plain;version=0.0.4", 0),
      ("TEXT/PLAIN; Q=0.3, application/openmetrics-text;q=0.299", 0),
      ("garbage, application/*;q=1.000", 1), ("text/plain;q=2, application/*;q=0.1", 1),
      ("text/plain;q=0.1234, */*;q=0.1", 0), ("*/plain", nil),
      ("text/plain;q=0.1, text/plain;q=0, application/*;q=0.05", 0),
      (
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
        1
      ),
    ] as [(String?, Int?)])
  func `the best media type is chosen`(accept: String?, expected: Int?) {
    let offered = Self.pages.compactMap { MediaType(bytes($0)) }
    #expect(Negotiation.best(accept: accept.map(bytes), offered: offered) == expected)
  }

  @Test(
    arguments: [
      (nil, 1), ("", 1), ("gzip", 0), ("GZIP", 0), ("x-gzip", 0), ("*", 0), ("br", 1),
      ("gzip;q=0", 1), ("gzip;q=0.001", 0), ("gzip;q=0.5, identity", 1),
      ("gzip, identity", 0), ("identity;q=0", nil), ("*;q=0", nil), ("*;q=0, gzip", 0),
      ("*;q=0, identity", 1), ("gzip;q=0, *", 1), ("gzip;q=x", 1), ("br, gzip;q=0.8, *;q=0.1", 0),
    ] as [(String?, Int?)])
  func `the best coding is chosen`(header: String?, expected: Int?) {
    #expect(
      Negotiation.best(acceptEncoding: header.map(bytes), offered: ["gzip", "identity"])
        == expected)
  }
}

struct HTTPFuzzTests {
  @Test(arguments: RequestParserTests.talks.map(\.input) + ResponseParserTests.talks.map(\.input))
  func `known conversations pass the fuzzer's checks with every seed`(input: String) {
    for seed in UInt8.min...13 {
      unsafe ([seed] + bytes(input)).withUnsafeBytes { unsafe HTTPFuzz.run($0) }
    }
  }
}
