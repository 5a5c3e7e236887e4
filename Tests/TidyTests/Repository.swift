import Glibc

/// The files of this repository that belong to it: what `.gitignore` names is left out, and so are
/// the directories of git and the build.
struct Repository {
  struct Entry {
    let path: String
    let isExecutable: Bool
  }

  static let here = Repository()

  let entries: [Entry]
  let topLevel: [String]
  let files: [SourceFile]
  private static let unread: Set<String> = [".git", ".build"]

  private init() {
    let ignore = IgnoreList(String(decoding: Self.bytes(of: ".gitignore"), as: UTF8.self))
    entries = Self.walk("", ignore).sorted { $0.path < $1.path }
    topLevel = Self.names(in: "").filter { !Self.unread.contains($0) && !ignore.covers($0) }
    files = entries.map { SourceFile(path: $0.path, bytes: Self.bytes(of: $0.path)) }
  }

  var swiftFiles: [SourceFile] { files.filter(\.isSwift) }

  /// The manifest, where the table of rooms is kept.
  var manifest: String { String(decoding: Self.bytes(of: "Package.swift"), as: UTF8.self) }
}

/// The forms of `.gitignore` lines in use here: `name/`, `*.suffix` and `name`.
struct IgnoreList {
  private let names: Set<String>
  private let suffixes: [String]

  init(_ text: String) {
    var names: Set<String> = []
    var suffixes: [String] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix("*") {
        suffixes.append(String(line.dropFirst()))
      } else {
        names.insert(String(line.hasSuffix("/") ? line.dropLast() : line))
      }
    }
    self.names = names
    self.suffixes = suffixes
  }

  func covers(_ name: String) -> Bool {
    names.contains(name) || suffixes.contains { name.hasSuffix($0) }
  }
}

// unsafe because the C library hands out the directory stream and its entries as raw pointers; none
// of them leaves the function that opened it.
extension Repository {
  private static let root = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return parts.joined(separator: "/") + "/"
  }()

  private static func walk(_ directory: String, _ ignore: IgnoreList) -> [Entry] {
    names(in: directory).flatMap { name -> [Entry] in
      guard !unread.contains(name), !ignore.covers(name) else { return [] }
      let path = directory + name
      var status = stat()
      guard unsafe lstat(root + path, &status) == 0 else {
        preconditionFailure("cannot read \(path): errno \(errno)")
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return walk(path + "/", ignore)
      case S_IFREG: return [Entry(path: path, isExecutable: status.st_mode & S_IXUSR != 0)]
      default: return []
      }
    }
  }

  private static func names(in directory: String) -> [String] {
    guard let stream = unsafe opendir(root + directory) else {
      preconditionFailure("cannot list \(directory): errno \(errno)")
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func bytes(of path: String) -> [UInt8] {
    let descriptor = unsafe open(root + path, O_RDONLY | O_CLOEXEC)
    precondition(descriptor >= 0, "cannot open \(path): errno \(errno)")
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      precondition(count >= 0, "cannot read \(path): errno \(errno)")
      guard count > 0 else { return content }
      content += chunk[..<count]
    }
  }
}
