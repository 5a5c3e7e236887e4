import Glibc
import LinuxIO
import Testing

struct FileTests {
  @Test(arguments: [0, 1, 65_536, 200_000])
  func `what is written is read`(_ count: Int) throws {
    try withDirectory { directory in
      let path = "\(directory)/a"
      let bytes = Random.bytes(count)
      try FileSystem.writeAtomically(bytes, to: path)
      #expect(try FileSystem.read(path, limit: count) == bytes)
      #expect(try FileSystem.size(of: path) == count)
      #expect(try FileSystem.mode(of: path) == 0o600)
      #expect(try FileSystem.names(in: directory) == ["a"])
    }
  }

  @Test func `wildcards name the files that are there`() throws {
    try withDirectory { directory in
      for name in ["b.yaml", "a.yaml", "c.yml"] {
        try FileSystem.writeAtomically([1], to: "\(directory)/\(name)")
      }
      let found = try FileSystem.paths(matching: "\(directory)/*.yaml")
      #expect(found == ["\(directory)/a.yaml", "\(directory)/b.yaml"])
      let one = try FileSystem.paths(matching: "\(directory)/[c-d].y?l")
      #expect(one == ["\(directory)/c.yml"])
      let none = try FileSystem.paths(matching: "\(directory)/nothing")
      #expect(none == [])
    }
  }

  @Test(arguments: [
    ("r.yaml", "t.yaml", "r.yaml"), ("r.yaml", "a/b/t.yaml", "a/b/r.yaml"),
    ("../r.yaml", "a/t.yaml", "a/../r.yaml"), ("/r.yaml", "a/t.yaml", "/r.yaml"),
  ])
  func `a path is seen from where the file is that names it`(
    path: String, file: String, expected: String
  ) {
    #expect(FileSystem.path(path, besides: file) == expected)
  }

  @Test func `a file beyond the limit is refused`() throws {
    try withDirectory { directory in
      let path = "\(directory)/a"
      try FileSystem.writeAtomically([1, 2, 3], to: path)
      #expect(throws: Errno.tooLarge) { try FileSystem.read(path, limit: 2) }
    }
  }

  @Test func `a second write replaces the first whole`() throws {
    try withDirectory { directory in
      let path = "\(directory)/a"
      try FileSystem.writeAtomically([1, 2, 3], to: path)
      try FileSystem.writeAtomically([4], to: path)
      #expect(try FileSystem.read(path, limit: 9) == [4])
    }
  }

  @Test func `a failed write leaves no draft behind`() throws {
    try withDirectory { directory in
      try FileSystem.createDirectory("\(directory)/a/b")
      #expect(throws: Errno.self) { try FileSystem.writeAtomically([1], to: "\(directory)/a") }
      #expect(try FileSystem.names(in: directory) == ["a"])
      #expect(throws: Errno.noEntry) {
        try FileSystem.writeAtomically([1], to: "\(directory)/none/a")
      }
    }
  }

  @Test func `directories are made with those above them, for the owner only`() throws {
    try withDirectory { directory in
      let path = "\(directory)/a/b/c/"
      try FileSystem.createDirectory(path)
      try FileSystem.createDirectory(path)
      #expect(try FileSystem.mode(of: path) == 0o700)
      #expect(try FileSystem.mode(of: "\(directory)/a") == 0o700)
      try FileSystem.writeAtomically([], to: "\(directory)/f")
      #expect(throws: Errno(ENOTDIR)) { try FileSystem.createDirectory("\(directory)/f") }
    }
  }

  @Test func `free space is a number and a missing path an error`() throws {
    #expect(try FileSystem.freeSpace(at: "/") >= 0)
    #expect(throws: Errno.noEntry) { try FileSystem.freeSpace(at: "/does/not/exist") }
  }

  @Test func `a lock is held by one owner, whom the refusal names`() throws {
    try withDirectory { directory in
      let path = "\(directory)/lock"
      do {
        let lock = try LockFile(path)
        #expect(throws: LockFile.Failure.held(by: ProcessFacts.id)) { _ = try LockFile(path) }
        withExtendedLifetime(lock) {}
      }
      _ = try LockFile(path)
      #expect(try FileSystem.mode(of: path) == 0o600)
    }
  }

  @Test func `a lock in no directory is unusable`() {
    #expect(throws: LockFile.Failure.unusable(.noEntry)) {
      _ = try LockFile("/does/not/exist/lock")
    }
  }
}

struct ProcessFactsTests {
  @Test func `the facts are those of a running process`() throws {
    let facts = ProcessFacts.current()
    #expect(try #require(facts.residentBytes) > 1 << 20)
    #expect(try #require(facts.virtualBytes) > #require(facts.residentBytes))
    #expect(facts.cpuSeconds > 0)
    let open = try #require(facts.openDescriptors)
    #expect(open >= 3)
    #expect(try #require(facts.maximumDescriptors) >= open)
    #expect(try #require(facts.threads) >= 1)
    let age = try Double(Clock.wall) / 1e9 - #require(facts.startSeconds)
    #expect(age > -2 && age < 86_400)
  }

  @Test func `random bytes have the length asked for and do not repeat`() {
    for count in [0, 1, 255, 256, 257, 1_000] { #expect(Random.bytes(count).count == count) }
    #expect(Random.bytes(32) != Random.bytes(32))
    #expect(Random.word() != Random.word())
  }

  @Test func `a socket is no terminal`() throws {
    let pair = try streamPair()
    #expect(!Terminal.isTerminal(pair.near.descriptor.raw))
    #expect(Terminal.size(of: pair.near.descriptor.raw) == nil)
  }

  @Test func `a terminal tells its size`() throws {
    let (number, other) = try openTerminal(columns: 132, rows: 43)
    #expect(Terminal.isTerminal(other.descriptor.raw))
    let size = try #require(Terminal.size(of: number.descriptor.raw))
    #expect(size == (132, 43))
  }

  private func openTerminal(columns: UInt16, rows: UInt16) throws -> (Box, Box) {
    // unsafe because the kernel reads `unlocked` and `size` during the calls. The numbers are
    // TIOCSPTLCK and TIOCGPTPEER, which the C library's module hides.
    let main = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
    guard main >= 0 else { throw Errno.last }
    var unlocked: Int32 = 0
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard unsafe ioctl(main, 0x4004_5431, &unlocked) == 0,
      unsafe ioctl(main, UInt(TIOCSWINSZ), &size) == 0
    else { throw Errno.last }
    let other = ioctl(main, 0x5441, O_RDWR | O_NOCTTY)
    guard other >= 0 else { throw Errno.last }
    return (Box(FileDescriptor(owning: main)), Box(FileDescriptor(owning: other)))
  }
}
