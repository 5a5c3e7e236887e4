import HTTP
import LinuxIO
import TestSupport
import Testing

/// `barograph doctor` where something keeps the collector from its work: it says what, and what to
/// do.
@Suite struct DoctorInstallationTests {
  /// A directory that others may look into, and what the doctor says of things in it.
  private final class Patient {
    let directory = "/tmp/barograph-doctor-\(ProcessFacts.id)-\(Random.word())"

    init() throws {
      try FileSystem.createDirectory(directory)
      // Others, whom some tests act as, find it but may not write.
      #expect(try Patient.shell("chmod 755 \(directory)").end == .exit(0))
    }

    deinit { Directories.removeAll(directory) }

    /// What a shell says, with `$0` the program.
    static func shell(_ script: String) throws -> (end: ChildProcess.End, text: String) {
      let file = "/tmp/barograph-doctor-said-\(ProcessFacts.id)-\(Random.word())"
      defer { Directories.removeFile(file) }
      let process = try ChildProcess(
        "/bin/sh",
        [
          "-c", "PATH=/usr/sbin:/usr/bin:/sbin:/bin; exec >\(file) 2>&1\n" + script,
          RunningCollector.program,
        ])
      let end = process.wait()
      return (end, String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self))
    }

    /// What the doctor says of this directory; `before` the program, on its command line.
    func ask(
      _ words: String = "", before: String = "", url: String = "http://127.0.0.1:1"
    ) throws -> (end: ChildProcess.End, text: String) {
      try Patient.shell(
        #"cd \#(directory) && \#(before) "$0" doctor --url \#(url) \#(words)"#)
    }

    func write(_ text: String, _ name: String) throws {
      try FileSystem.writeAtomically(Array(text.utf8), to: "\(directory)/\(name)")
    }
  }

  /// The two lines of a finding.
  private func finding(_ part: String, in text: String) -> String {
    var lines = text.split(separator: "\n").drop { !$0.hasPrefix("  \(part): ") }.prefix(2)
    if lines.last?.hasPrefix("    do: ") == false { lines = lines.dropLast() }
    return lines.joined(separator: "\n")
  }

  @Test func nobodyListens() throws {
    let told = try Patient().ask()
    #expect(told.end == .exit(1))
    #expect(
      told.text.contains(
        "no collector answers at http://127.0.0.1:1: start one with `barograph serve` or"
          + " `systemctl start barograph`, or name another with --url or BAROGRAPH_URL\n"))
    #expect(
      finding("data", in: told.text)
        == "  data: barograph-data is not there yet, and will be made at the first start")
  }

  @Test func theCollectorListensElsewhere() throws {
    try RunningCollector.use { collector in
      let told = try Patient().ask("--data \(collector.data)")
      #expect(told.end == .exit(1))
      #expect(told.text.contains("serves \(collector.data), so a collector runs, and listens"))
      #expect(told.text.contains("always at --url unix:\(collector.data)/admin.sock\n"))
      let asked = try Patient().ask(url: "unix:\(collector.data)/admin.sock")
      #expect(asked.text.hasPrefix("collector: ok\n"))
      let ready = try Patient().ask("--ready", url: collector.url)
      #expect(ready.end == .exit(0))
      #expect(ready.text.isEmpty)
    }
  }

  @Test(arguments: [
    (
      "HTTP/1.1 404 Not Found\r\nServer: other/1\r\nContent-Length: 2\r\n\r\n{}",
      ", which calls itself other/1: it knows nothing of /healthz (404); stop it, or choose"
    ),
    ("SSH-2.0-OpenSSH_9.2\r\n", ", and not in HTTP\n"),
  ])
  func anotherProgramHasThePort(answer: String, said: String) throws {
    try FakePeer.play([[.read, .send(answer)]]) { peer in
      let port = try #require(peer.url.split(separator: ":").last)
      let patient = try Patient()
      try patient.write("listen: 127.0.0.1:\(port)\nudp: off\n", "barograph.yaml")
      let told = try patient.ask("--config barograph.yaml", url: peer.url)
      #expect(told.end == .exit(1))
      #expect(told.text.contains("another program answers at \(peer.url)\(said)"), "\(told.text)")
      #expect(
        finding("listen", in: told.text) == """
            listen: problem, 127.0.0.1:\(port): another program has the port
              do: `ss -lpn 'sport = :\(port)'` as root names who has it, perhaps an OpenTelemetry \
          collector; stop that, or choose another address with `listen`
          """)
    }
  }

  @Test func theClocksDiffer() throws {
    let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: "
    let health = #"{"status":"ok","components":[]}"#
    let found = #"{"rows":0,"sources":[],"next":null}"#
    let steps: [FakePeer.Step] = [health, found].flatMap { body -> [FakePeer.Step] in
      [.read, .send("\(head)\(body.utf8.count)\r\n\r\n\(body)")]
    }
    try FakePeer.play([steps]) { peer in
      let told = try Patient().ask(url: peer.url)
      #expect(told.end == .exit(1))
      let clock = finding("clock", in: told.text)
      #expect(clock.hasPrefix("  clock: problem, the collector's clock is "))
      #expect(clock.contains(" s behind this machine's\n    do: set both by NTP"))
    }
  }

  @Test(arguments: [
    ("listn: x\n", "c.yaml:1:1: unknown key 'listn'; expected a known key; did you mean 'listen'?"),
    ("prices: [none.json]\n", "cannot read prices from none.json: No such file or directory"),
    (
      "receivers: [{name: a, type: slack, url: {env: NO_SUCH}}]\n",
      "NO_SUCH"
    ),
    ("rules: [none.yaml]\n", "none.yaml"),
    ("timezone: Middle/Earth\n", "Middle/Earth"),
  ])
  func theConfigurationIsWrong(text: String, said: String) throws {
    let patient = try Patient()
    try patient.write(text, "c.yaml")
    let told = try patient.ask("--config c.yaml")
    #expect(told.end == .exit(1))
    let lines = finding("configuration", in: told.text)
    #expect(lines.contains(said), "\(told.text)")
    #expect(lines.contains("\n    do: mend"))
  }

  @Test func theConfigurationIsNotThere() throws {
    let told = try Patient().ask("--config c.yaml")
    #expect(told.end == .exit(1))
    #expect(finding("configuration", in: told.text).contains("\n    do: name a file that is there"))
  }

  @Test func allThatIsWrongWithTheConfigurationStandsTogether() throws {
    let patient = try Patient()
    try patient.write("listn: x\nudb: off\n", "c.yaml")
    let told = try patient.ask("--config c.yaml")
    #expect(told.text.contains("c.yaml:1:1: unknown key 'listn'"))
    #expect(
      told.text.contains("\n    cannot read the configuration: c.yaml:2:1: unknown key 'udb'"))
  }

  /// An address for documentation, and a port that only root may have.
  @Test(arguments: [
    ("192.0.2.1:45992", " is no address of this machine\n    do: choose one that `ip addr` lists"),
    ("127.0.0.1:7", ": only root may listen on so low a port\n    do: choose one from 1024 on"),
    ("example.org:45992", "the host is neither numeric nor localhost\n    do: write a numeric"),
  ])
  func theAddressCannotBeHad(address: String, said: String) throws {
    guard ProcessFacts.user == 0 else { return }
    let told = try Patient().ask(
      before: "setpriv --reuid=65534 --regid=65534 --clear-groups env BAROGRAPH_LISTEN=\(address)")
    let lines = finding("listen", in: told.text)
    #expect(lines.hasPrefix("  listen: problem, "), "\(told.text)")
    #expect(lines.contains(said), "\(told.text)")
  }

  @Test(arguments: [
    ("keys_file: none.json\n", "cannot read the keys in none.json: No such file or directory"),
    ("listen: 0.0.0.0:45991\n", "0.0.0.0:45991"),
  ])
  func keysAreMissing(text: String, said: String) throws {
    let patient = try Patient()
    try patient.write(text, "c.yaml")
    let told = try patient.ask("--config c.yaml")
    let lines = finding("keys", in: told.text)
    #expect(lines.hasPrefix("  keys: problem, "), "\(told.text)")
    #expect(lines.contains(said), "\(told.text)")
    #expect(lines.contains("\n    do: `barograph keys add --name NAME --role ROLE` makes one"))
  }

  @Test func theDataIsNotOurs() throws {
    let patient = try Patient()
    let data = "\(patient.directory)/data"
    try FileSystem.createDirectory(data)
    guard ProcessFacts.user == 0 else { return }
    let told = try patient.ask(
      "--data \(data)", before: "setpriv --reuid=65534 --regid=65534 --clear-groups")
    let lines = finding("data", in: told.text)
    #expect(
      lines.hasPrefix("  data: problem, \(data) cannot be written by nobody: it belongs to root\n"))
    #expect(
      lines.contains("    do: run the collector, and this, as its owner; or chown -R nobody "))
  }

  /// A user without a name, and a file that somebody else made.
  @Test func aFileOfTheDataIsNotOurs() throws {
    let patient = try Patient()
    let data = "\(patient.directory)/data"
    try FileSystem.createDirectory(data)
    try patient.write("", "data/barograph.db")
    guard ProcessFacts.user == 0 else { return }
    #expect(try Patient.shell("chown 60123 \(data)").end == .exit(0))
    let other = "setpriv --reuid=60123 --regid=60123 --clear-groups"
    let told = try patient.ask("--data \(data)", before: other)
    let file = "\(data)/barograph.db"
    #expect(
      told.text.contains(
        "  data: problem, \(file) cannot be written by user 60123: it belongs to root\n"
          + "    do: run the collector, and this, as its owner; or chown -R 60123 \(file);"),
      "\(told.text)")
    #expect(finding("store", in: told.text).isEmpty)
    let served = try Patient.shell(
      #"\#(other) "$0" serve --data \#(data) --listen 127.0.0.1:0 --udp off"#)
    #expect(served.end == .exit(1))
    #expect(
      served.text.contains(
        "barograph: `barograph doctor --data \(data)` looks at this machine and says what to do\n"))
  }

  @Test func theDataIsNoDirectory() throws {
    let patient = try Patient()
    try patient.write("", "data")
    let told = try patient.ask("--data data")
    #expect(finding("data", in: told.text).hasPrefix("  data: problem, data is no directory\n"))
  }

  /// Needs a name space of its own, for a small disk and a file that is hidden.
  private static let mayMount: Bool = {
    do {
      return try Patient.shell("unshare --user --map-root-user --mount true").end == .exit(0)
    } catch {
      return false
    }
  }()

  @Test(.enabled(if: mayMount)) func theDiskIsFullOrReadOnly() throws {
    let patient = try Patient()
    try FileSystem.createDirectory("\(patient.directory)/data")
    func told(_ options: String) throws -> String {
      let inner = "mount -t tmpfs -o \(options) none data && \\$0 doctor --data data"
      return try Patient.shell(
        """
        cd \(patient.directory)
        unshare --user --map-root-user --mount sh -c "\(inner) --url http://127.0.0.1:1" "$0"
        """
      ).text
    }
    let full = finding("disk", in: try told("size=1m"))
    #expect(
      full.hasPrefix("  disk: problem, 1 MiB are free for data: intake answers 503 when none"))
    #expect(full.contains("    do: free space, or lower retention.size"))
    let fixed = finding("data", in: try told("ro"))
    #expect(fixed.hasPrefix("  data: problem, data cannot be written by root: it belongs to "))
    #expect(fixed.contains("mounted read-only shows in `findmnt -T data`"))
  }

  @Test(.enabled(if: mayMount)) func libcurlIsMissing() throws {
    let patient = try Patient()
    try patient.write(
      "receivers: [{name: a, type: slack, url: 'https://hooks.example.org/x'}]\n", "c.yaml")
    let hide = "for f in /usr/lib/*/libcurl*.so.4*; do mount --bind /dev/null \\$f; done"
    let told = try Patient.shell(
      """
      cd \(patient.directory)
      unshare --user --map-root-user --mount sh -c "\(hide); \\$0 doctor --config c.yaml \
      --url http://127.0.0.1:1" "$0"
      """)
    let lines = finding("receivers", in: told.text)
    #expect(lines.hasPrefix("  receivers: problem, nothing can be sent to a: "), "\(told.text)")
    #expect(lines.contains("\n    do: apt-get install libcurl4 ca-certificates"))
  }

  @Test func limitsAreLow() throws {
    let patient = try Patient()
    try patient.write("memory_limit: 512GiB\n", "c.yaml")
    let told = try patient.ask("--config c.yaml", before: "ulimit -n 256;")
    let descriptors = finding("descriptors", in: told.text)
    #expect(descriptors.hasPrefix("  descriptors: advice, 256 files may be open, too few for"))
    #expect(descriptors.contains("\n    do: LimitNOFILE=65536 in the unit, or `ulimit -n 65536`"))
    let memory = finding("memory", in: told.text)
    #expect(memory.contains("and memory_limit is 524288 MiB"))
    #expect(memory.contains("\n    do: set memory_limit to "))
  }

  /// Bytes of the store's first page, where SQLite keeps the schema's version and whose file it is.
  @Test(arguments: [
    (60, 0x7F, "problem", "install that newer version again"),
    (63, 0x03, "advice", "nothing: the next start upgrades it and keeps a copy"),
    (68, 0x55, "problem", "name another directory with --data, or move"),
    (0, 0x00, "problem", "the next start sets it aside and begins a new file"),
  ])
  func theStoreIsOfAnotherKind(place: Int, byte: UInt8, grade: String, remedy: String) throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"event_id":"a","message":"m"}"#, accepted: 1)
      let patient = try Patient()
      // A backup is one file without a log, so that its first page is what counts.
      let path = "\(patient.directory)/barograph.db"
      let made = try Patient.shell(#""$0" backup --data \#(collector.data) \#(path)"#)
      #expect(made.end == .exit(0), "\(made.text)")
      var bytes = try FileSystem.read(path, limit: 1 << 30)
      bytes[place] = byte
      try FileSystem.writeAtomically(bytes, to: path)
      let told = try patient.ask("--data .")
      let lines = finding("store", in: told.text)
      #expect(lines.hasPrefix("  store: \(grade), "), "\(told.text)")
      #expect(lines.contains("\n    do: \(remedy)"), "\(told.text)")
      #expect(try FileSystem.read(path, limit: 1 << 30) == bytes)
    }
  }

  @Test func pagesOfTheStoreAreDamaged() throws {
    try RunningCollector.use { collector in
      let message = String(repeating: "m", count: 500)
      let events = (0..<500).map { #"{"event_id":"\#($0)","message":"\#(message)"}"# }
      try collector.post(events.joined(separator: "\n"), accepted: 500)
      let patient = try Patient()
      let path = "\(patient.directory)/barograph.db"
      let made = try Patient.shell(#""$0" backup --data \#(collector.data) \#(path)"#)
      #expect(made.end == .exit(0), "\(made.text)")
      let whole = finding("store", in: try patient.ask("--data .").text)
      #expect(whole.hasPrefix("  store: schema version ") && whole.hasSuffix(" MiB, whole"))
      var bytes = try FileSystem.read(path, limit: 1 << 30)
      let page = bytes.count / 8_192 * 4_096
      for place in page..<page + 4_096 { bytes[place] = 0x5A }
      try FileSystem.writeAtomically(bytes, to: path)
      let told = try patient.ask("--data .")
      #expect(told.end == .exit(1))
      let lines = finding("store", in: told.text)
      #expect(
        lines.hasPrefix("  store: problem, ./barograph.db has damaged pages: "), "\(told.text)")
      #expect(lines.contains("\n    do: `barograph restore --force FILE` with a backup"))
    }
  }

  @Test func aKeyFileIsGoneOrOpen() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"event_id":"a","message":"m"}"#, accepted: 1)
      #expect(try collector.stop() == .exit(0))
      let key = "\(collector.data)/installation.key"
      let patient = try Patient()
      #expect(try Patient.shell("chmod 640 \(key)").end == .exit(0))
      let open = finding("key", in: try patient.ask("--data \(collector.data)").text)
      #expect(open.hasPrefix("  key: advice, \(key) may be read by others"))
      #expect(open.hasSuffix("\n    do: chmod 600 \(key)"))
      try FileSystem.remove(key)
      let gone = finding("key", in: try patient.ask("--data \(collector.data)").text)
      #expect(
        gone.hasPrefix("  key: problem, \(key) is not there, and the store made with it is\n"))
      #expect(gone.contains("    do: put installation.key back from your backup: "))
      try collector.start()
      try collector.waitForLog("installation.key is not there, so another is made")
      #expect(finding("key", in: try patient.ask("--data \(collector.data)").text).isEmpty)
    }
  }

  @Test func aKeyFileIsNoneAndALockIsStale() throws {
    let patient = try Patient()
    try FileSystem.createDirectory("\(patient.directory)/data")
    try patient.write("short", "data/installation.key")
    // Left by a process that has gone: the lock went with it.
    try patient.write("123456789\n", "data/lock")
    let told = try patient.ask("--data data")
    #expect(finding("key", in: told.text).contains("\n    do: put installation.key back from your"))
    #expect(finding("lock", in: told.text).isEmpty)
  }

  @Test func forPrograms() throws {
    let told = try Patient().ask("--json 2>/dev/null")
    #expect(
      told.text.hasPrefix(
        #"{"installation":[{"part":"configuration","grade":"ok","message":"the defaults, from no"#
          + #" file","remedy":""},"#))
  }
}
