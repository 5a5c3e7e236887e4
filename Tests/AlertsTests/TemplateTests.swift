import PromQL
import Testing

@testable import Alerts

@Suite struct TemplateTests {
  static let data: TemplateData = {
    var data = TemplateData()
    data.labels = ["service": "chat", "instance": "10.0.0.1:80"]
    data.externalLabels = ["region": "eu"]
    data.externalURL = "https://baro.example.org/x"
    data.value = .float(4500.5)
    return data
  }()

  static func expand(_ text: String) throws -> String {
    let context = TemplateContext(time: 61_500, externalURL: data.externalURL) {
      query throws(RuleFailure) in
      guard query == "up" else { return [] }
      return ["b", "a"].enumerated().map { index, name in
        RuleSample(labels: Labels([Label("job", name)]), value: .float(Double(index) + 0.5))
      }
    }
    return try Template(text).expanded(data, in: context)
  }

  @Test(arguments: [
    ("plain { text }", "plain { text }"),
    ("{{ $labels.service }} {{ .Labels.service }} {{ $.Labels.service }}", "chat chat chat"),
    ("{{ $labels.nothing }}|", "|"), ("{{ $externalLabels.region }}", "eu"),
    ("{{ $externalURL }}", "https://baro.example.org/x"), ("{{ $value }}", "4500.5"),
    ("a  {{- 1 -}}  b", "a1b"), ("a {{/* no */}}b", "a b"), ("a {{- /* no */ -}} b", "ab"),
    ("{{ $x := 2 }}{{ $x }}{{ $x = 3 }}{{ $x }}", "23"),
    ("{{ if gt $value 5.0 }}big{{ else }}small{{ end }}", "big"),
    ("{{ if lt $value 5.0 }}a{{ else if eq $labels.service \"chat\" }}b{{ else }}c{{ end }}", "b"),
    ("{{ if and $labels.service (not $labels.x) }}y{{ end }}", "y"),
    (
      "{{ with $labels.service }}{{ . }}{{ end }}{{ with $labels.x }}a{{ else }}none{{ end }}",
      "chatnone"
    ),
    ("{{ range query \"up\" }}{{ .Labels.job }}={{ .Value }};{{ end }}", "b=0.5;a=1.5;"),
    (
      "{{ range $i, $s := query \"up\" | sortByLabel \"job\" }}{{ $i }}{{ $s | value }} {{ end }}",
      "01.5 10.5 "
    ),
    ("{{ range query \"none\" }}x{{ else }}nothing{{ end }}", "nothing"),
    (
      "{{ range query \"up\" }}{{ if eq .Value 1.5 }}{{ break }}{{ end }}{{ .Value }}{{ end }}",
      "0.5"
    ),
    (
      "{{ range $k, $v := $labels }}{{ $k }}={{ $v }},{{ end }}",
      "instance=10.0.0.1:80,service=chat,"
    ),
    ("{{ with query \"up\" }}{{ . | first | label \"job\" }}{{ end }}", "b"),
    ("{{ query \"up\" | first | value | humanizePercentage }}", "50%"),
    ("{{ (query \"up\" | first).Labels.job }}", "b"), ("{{ query \"up\" | len }}", "2"),
    ("{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" $labels.service }}", "<chat>"),
    ("{{ with args 1 \"x\" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}", "1x<no value>"),
    (
      "{{ printf \"%.2f s %d %s %q %5.1f|%-4d|%04d %v %t %x%%\" "
        + "$value 3 \"a\" \"b\" 2.25 7 7 1e6 true 255 }}",
      "4500.50 s 3 a \"b\"   2.2|7   |0007 1e+06 true ff%"
    ),
    (
      "{{ printf \"%d\" $value }} {{ printf \"%s\" }} {{ printf \"a\" 1 }}",
      "%!d(float64=4500.5) %!s(MISSING) a%!(EXTRA int=1)"
    ),
    ("{{ print 1 2 \"a\" 3 }}", "1 2a3"), ("{{ index $labels \"service\" }}", "chat"),
    ("{{ slice \"abcdef\" 1 3 }}", "bc"), ("{{ html \"<a&b>\" }}", "&lt;a&amp;b&gt;"),
    ("{{ urlquery \"a b&c\" }}", "a+b%26c"), ("{{ `raw \\n` }}", "raw \\n"),
    ("{{ \"\\u00e9\\x41\\n\" }}", "éA\n"), ("{{ 'a' }}", "97"),
    ("{{ 0x10 }} {{ 1_000 }}", "16 1000"),
    ("{{ reReplaceAll \"(.*):(.*)\" \"$2-$1\" $labels.instance }}", "80-10.0.0.1"),
    ("{{ match \"^10\" $labels.instance }} {{ match \"x\" \"y\" }}", "true false"),
    ("{{ if match \"x\" \"y\" }}a{{ else }}b{{ end }}", "b"),
    (
      "{{ title \"hello wORLD don't\" }} {{ toUpper \"aß\" }} {{ toLower \"AB\" }}",
      "Hello WORLD Don't ASS ab"
    ),
    (
      "{{ stripPort \"a.b:80\" }} {{ stripPort \"a.b\" }} {{ stripPort \"[::1]:80\" }}",
      "a.b a.b ::1"
    ),
    (
      "{{ stripDomain \"a.b.c:80\" }} {{ stripDomain \"1.2.3.4:80\" }} {{ stripDomain \"a.b\" }}",
      "a:80 1.2.3.4:80 a"
    ),
    ("{{ graphLink \"up > 1\" }}", "/graph?g0.expr=up+%3E+1&g0.tab=0"),
    ("{{ externalURL }} {{ pathPrefix }}", "https://baro.example.org/x /x"),
    ("{{ parseDuration \"1h30m\" }} {{ now }}", "5400 61.5"),
    ("{{ toDuration 3723.5 }} {{ toTime 0.5 }}", "1h2m3.5s 1970-01-01 00:00:00.5 +0000 UTC"),
  ])
  func `an action becomes its text`(template: String, expected: String) throws {
    let text = try Self.expand(template)
    #expect(text == expected)
  }

  @Test(arguments: [
    ("humanize", 0.0, "0"), ("humanize", 1, "1"), ("humanize", 1234.5, "1.234k"),
    ("humanize", 1_234_567, "1.235M"), ("humanize", 0.0123, "12.3m"), ("humanize", -5e-7, "-500n"),
    ("humanize", 999.99, "1000"), ("humanize1024", 1024, "1ki"), ("humanize1024", 0.5, "0.5"),
    ("humanize1024", 1_048_576 * 3.5, "3.5Mi"), ("humanizeDuration", 4500.5, "1h 15m 0s"),
    ("humanizeDuration", 0, "0s"), ("humanizeDuration", 0.0015, "1.5ms"),
    ("humanizeDuration", 59.9999, "60s"), ("humanizeDuration", -90_061, "-1d 1h 1m 1s"),
    ("humanizePercentage", 0.251234, "25.12%"), ("humanizePercentage", 12, "1200%"),
    ("humanizeTimestamp", 1_700_000_000.5, "2023-11-14 22:13:20.5 +0000 UTC"),
    ("humanizeTimestamp", .nan, "NaN"), ("humanize", .infinity, "+Inf"),
  ])
  func `numbers become readable`(function: String, value: Double, expected: String) throws {
    var data = TemplateData()
    data.value = .float(value)
    let context = TemplateContext(time: 0) { _ throws(RuleFailure) in [] }
    let text = try Template("{{ $value | \(function) }}").expanded(data, in: context)
    #expect(text == expected)
  }

  @Test(arguments: [
    (0.0, "0"), (1, "1"), (123_456, "123456"), (1_000_000, "1e+06"),
    (123_456_789, "1.23456789e+08"),
    (0.0001, "0.0001"), (0.00001, "1e-05"), (-2.5, "-2.5"), (1e21, "1e+21"), (1e-300, "1e-300"),
  ])
  func `a float is printed as Go does`(value: Double, expected: String) {
    #expect(NumberFormat.plain(value) == expected)
  }

  @Test(arguments: [
    ("{{", "1:3: unclosed action"), ("{{ $x }}", "1:4: undefined variable \"$x\""),
    ("a\n{{ nosuch 1 }}", "2:4: function \"nosuch\" not defined"),
    ("{{ end }}", "1:10: unexpected {{end}}"), ("{{ if }}x{{ end }}", "1:7: missing value for if"),
    ("{{ if true }}x", "1:15: unexpected end of the text in if"),
    ("{{ \"abc }}", "1:4: unterminated quoted string"), ("{{ }}", "1:4: missing value for command"),
    ("{{ 1 | 2 }}", "1:8: non executable command in pipeline"),
    ("{{ break }}", "1:4: {{break}} outside {{range}}"),
    ("{{ (1 }}", "1:7: unclosed left parenthesis"),
    ("{{/* a }}", "1:1: unclosed comment"), ("{{ 1x }}", "1:4: bad number syntax: 1x"),
    ("é{{ ! }}", "1:5: unexpected character in an action"),
    ("{{ $a := 1 }}{{ if true }}{{ $b := 1 }}{{ end }}{{ $b }}", "1:52: undefined variable \"$b\""),
  ])
  func `a mistake is told with its place`(template: String, expected: String) {
    let error = #expect(throws: TemplateError.self) { try Template(template) }
    #expect(error?.description == expected)
  }

  @Test(arguments: [
    (
      "{{ humanize $labels }}",
      "1:4: error calling humanize: can't convert map[string]string to float"
    ),
    (
      "{{ gt $value 5 }}",
      "1:4: error calling gt: incompatible types for comparison: float64, int"
    ),
    (
      "{{ query \"none\" | first }}",
      "1:19: error calling first: first() called on vector with no elements"
    ),
    ("{{ $value.Foo }}", "1:4: can't evaluate field Foo in type float64"),
    (
      "{{ $x := \"ab\" }}{{ range 99 }}{{ $x = print $x $x }}{{ end }}",
      "1:39: error calling print: a text longer than 65536 bytes"
    ),
    (
      "{{ $x := printf \"%1000d\" 1 }}{{ reReplaceAll \".\" (print $x $x $x $x $x) "
        + "(print $x $x $x $x) }}",
      "1:33: error calling reReplaceAll: the replacement could be too long"
    ),
    ("{{ args (args 1) }}", "1:4: error calling args: args of args"),
    ("{{ first 1 2 }}", "1:4: error calling first: wrong number of args: want 1 got 2"),
    (
      "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
      "1:20: exceeded maximum template depth (50)"
    ),
    ("{{ range 90000 }}{{ range 90000 }}{{ end }}{{ end }}", "1:27: the template runs too long"),
  ])
  func `a value that does not fit ends the expansion`(template: String, expected: String) {
    let error = #expect(throws: TemplateError.self) { try Self.expand(template) }
    #expect(error?.description == expected)
  }

  @Test func `every cut and every byte of a template parses or fails with a place inside`() {
    let whole =
      "{{ range $i, $s := query `up` -}} {{ if eq .Value 1.5 }}{{ $s.Labels.job | title }}"
      + "{{ else }}{{ printf \"%d\\n\" ($i) }}{{ end }}{{/* c */}}{{ end }}"
    let bytes = Array(whole.utf8)
    func check(_ text: String) {
      do throws(TemplateError) {
        _ = try Template(text)
      } catch {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(error.line >= 1 && error.line <= lines.count && error.column >= 1)
      }
    }
    for end in bytes.indices { check(String(decoding: bytes[..<end], as: UTF8.self)) }
    for place in stride(from: 0, to: bytes.count, by: 3) {
      for byte in UInt8.min...UInt8.max {
        var changed = bytes
        changed[place] = byte
        check(String(decoding: changed, as: UTF8.self))
      }
    }
  }
}
