import Testing

struct ScannerTests {
  private func tokens(_ text: String) -> [[String]] {
    SourceFile(path: "Sources/A/B.swift", text: text).lines.map(\.tokens)
  }

  @Test(arguments: [
    ("let a = \"b // c\" // d", ["let", "a", "=", "\"", "\""]),
    ("a /* b /* c */ d */ e", ["a", "e"]),
    ("a + \"\\\"b\" + c", ["a", "+", "\"", "\"", "+", "c"]),
    ("\"x\\(f(\"y\"))z\" d", ["\"", "f", "(", "\"", "\"", ")", "\"", "d"]),
    ("#\"a\\(b)\"c\"# d", ["\"", "\"", "d"]),
    ("#\"a\\#(b)\"# d", ["\"", "b", "\"", "d"]),
    ("func `a long name`() {", ["func", "`a long name`", "(", ")", "{"]),
    ("#expect(a)", ["#", "expect", "(", "a", ")"]),
  ])
  func `a line splits into its code`(_ text: String, _ expected: [String]) {
    #expect(tokens(text) == [expected])
  }

  @Test func `strings and comments of several lines hide their text and keep the count`() {
    let text = "let a = \"\"\"\n  b \"c\" {\n  \"\"\"\n/* d\n {\n*/ e\n"
    #expect(tokens(text) == [["let", "a", "=", "\""], [], ["\""], [], [], ["e"]])
  }

  @Test func `functions are found with their length, and other braces are not`() {
    let text = """
      protocol A {
        func without()
        var b: Int { get }
      }
      struct C {
        init(if d: Int = 1) {
          if d > 1 { go() }
        }
        func e(in f: (Int) -> Int) -> Int where Int: A {
          items.map { $0 }
          let g = h.init { 1 }
        }
        let i = { 2 }()
        subscript(j: Int) -> Int { 3 }
      }
      """
    let functions = FunctionScanner.functions(
      in: SourceFile(path: "Sources/A/B.swift", text: text))
    #expect(
      functions == [
        .init(name: "b", line: 3, lineCount: 1),
        .init(name: "init", line: 6, lineCount: 3),
        .init(name: "e", line: 9, lineCount: 4),
        .init(name: "subscript", line: 14, lineCount: 1),
      ])
  }

  @Test(arguments: [
    ("import A", "A"), ("package import A", "A"), ("@testable import A", "A"),
    ("import struct A.B", "A"), ("private import func A.b", "A"), ("let import_ = 1", nil),
    ("// import A", nil), ("f(import: A)", nil),
  ])
  func `an import names its module`(_ text: String, _ expected: String?) {
    #expect(ImportTable.importedModule(tokens(text)[0]) == expected)
  }

  @Test func `the import table comes from the manifest and refuses the rest`() {
    let table = ImportTable(
      manifest: """
        let rooms: [(name: String, imports: [String])] = [
          ("Codec", ["CZlib"]),
          ("LinuxIO", []),
          (
            "HTTP",
            [
              "Codec",
              "LinuxIO",
            ]
          ),
        ]
        let commandImports = ["HTTP"]
        .executableTarget(name: "barograph-bench", dependencies: ["Codec"])
        .executableTarget(name: "Fuzz", dependencies: ["HTTP"])
        """)
    #expect(table.rooms.map(\.name) == ["Codec", "LinuxIO", "HTTP"])
    #expect(table.rooms.map(\.imports) == [["CZlib"], [], ["Codec", "LinuxIO"]])
    func refused(_ path: String, _ imports: [String]) -> [String] {
      let text = imports.map { "import \($0)\n" }.joined()
      return table.findings(in: SourceFile(path: path, text: text)).map(\.message)
    }
    #expect(
      refused("Sources/HTTP/A.swift", ["Swift", "Codec", "CZlib", "Glibc"]) == [
        "HTTP may not import CZlib", "HTTP may not import Glibc",
      ])
    #expect(refused("Sources/LinuxIO/A.swift", ["Glibc", "Synchronization"]) == [])
    #expect(
      refused("Sources/barograph/A.swift", ["HTTP", "Foundation"]) == [
        "barograph may not import Foundation"
      ])
    #expect(refused("Sources/Fuzz/A.swift", ["HTTP", "Glibc"]) == [])
    #expect(refused("Sources/barograph-bench/A.swift", ["HTTP"]).count == 1)
    #expect(refused("Tests/HTTPTests/A.swift", ["Foundation"]) == [])
  }

  @Test func `ignored files are those the list names`() {
    let list = IgnoreList("# a comment\n.build/\n*.db\nnotes\n")
    let names = [".build", "a.db", "notes", "notes2", "db", "# a comment"]
    #expect(names.map(list.covers) == [true, true, true, false, false, false])
  }

  @Test func `broken links are those that name no file`() {
    let page = SourceFile(
      path: "docs/a.md", text: "[a](b.md) [c](https://d.org/e)\n[f](../g.md) [h](#i) [j](b.md#k)")
    #expect(
      page.brokenLinks(among: ["docs/b.md"]) == [
        Finding(path: "docs/a.md", line: 2, message: "../g.md is no file")
      ])
  }
}
