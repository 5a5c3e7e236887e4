internal import Codec
internal import LinuxIO

/// One file as it grows: read to its end, then the next one that gets its name; from the start
/// again when it was cut.
final class FileTail {
  /// How far a file was read.
  struct Position: Equatable {
    let identity: UInt64
    let offset: Int64
  }

  let path: String
  private var file: FollowedFile?
  private var offset: Int64 = 0
  private var input: LineInput
  private let known: Position?

  /// The tail of `path`, from where an earlier run stopped if that is the same file, else from its
  /// start.
  init(path: String, known: Position?, input: LineInput) {
    self.path = path
    self.known = known
    self.input = input
  }

  /// Up to where whole lines were read.
  var position: Position? {
    guard file != nil else { return nil }
    return Position(identity: file?.identity ?? 0, offset: offset - Int64(input.waiting))
  }

  /// The records of what has come; none when nothing has.
  func read(limit: Int) -> [LineInput.Record] {
    do throws(Errno) {
      if file == nil { try open() }
      if let size = try file?.size(), size < offset {
        offset = 0
        input.restart()
      }
      let bytes = try file?.read(at: offset, limit: limit) ?? []
      offset += Int64(bytes.count)
      if bytes.isEmpty { return rotate() }
      return input.take(bytes)
    } catch {
      file = nil
      return []
    }
  }

  /// What was still open while nothing came.
  func rest() -> [LineInput.Record] { input.rest() }

  private func open() throws(Errno) {
    let opened = try FollowedFile(path)
    offset = known?.identity == opened.identity ? known?.offset ?? 0 : 0
    if try opened.size() < offset { offset = 0 }
    file = consume opened
  }

  /// Leaves a file that has been read to its end when another one has its name.
  private func rotate() -> [LineInput.Record] {
    guard let facts = FollowedFile.facts(at: path), facts.identity != file?.identity else {
      return []
    }
    file = nil
    offset = 0
    let left = input.finish()
    input.restart()
    return left
  }
}

/// The offsets of followed files, kept over runs.
struct OffsetFile {
  private let path: String
  private var positions: [String: FileTail.Position] = [:]
  private var isChanged = false

  /// The offsets kept at `path`, or at the usual place.
  init(_ path: String?) {
    let variables = Environment.current()
    let home =
      variables["XDG_STATE_HOME"] ?? "\(variables["HOME"] ?? "/tmp")/.local/state"
    self.path = path ?? "\(home)/barograph/offsets.json"
    load()
  }

  subscript(file: String) -> FileTail.Position? {
    get { positions[file] }
    set {
      if positions[file] != newValue {
        positions[file] = newValue
        isChanged = true
      }
    }
  }

  private mutating func load() {
    guard let bytes = read(), !bytes.isEmpty else { return }
    do throws(ConfigSyntaxError) {
      guard case .mapping(let pairs)? = try ConfigReader.read(bytes).first?.value else { return }
      for pair in pairs {
        guard let name = pair.key.text,
          let identity = pair.value["inode"]?.text.flatMap({ UInt64($0) }),
          let offset = pair.value["offset"]?.text.flatMap({ Int64($0) })
        else { continue }
        positions[name] = FileTail.Position(identity: identity, offset: offset)
      }
    } catch {
      Console.complain("cannot use \(path): it is not ours; files are read from their start")
    }
  }

  private func read() -> [UInt8]? {
    do throws(Errno) {
      return try FileSystem.read(path, limit: 1 << 20)
    } catch {
      return nil
    }
  }

  /// Writes the offsets, if they have changed.
  mutating func save() {
    guard isChanged else { return }
    var json = JSONWriter()
    json.beginObject()
    for (name, position) in positions.sorted(by: { $0.key < $1.key }) {
      json.key(name)
      json.beginObject()
      json.key("inode")
      json.value(position.identity)
      json.key("offset")
      json.value(position.offset)
      json.endObject()
    }
    json.endObject()
    do throws(Errno) {
      if let slash = path.lastIndex(of: "/") {
        try FileSystem.createDirectory(String(path[..<slash]))
      }
      try FileSystem.writeAtomically(json.bytes + [0x0A], to: path)
      isChanged = false
    } catch {
      Console.complain("cannot keep offsets in \(path): \(error.text)")
    }
  }
}
