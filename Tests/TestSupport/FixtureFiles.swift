internal import Glibc

/// Reads fixture files; the only place where tests touch the file system for them.
enum FixtureFiles {
  // unsafe because the C library's directory and file calls are used as they are.

  static func list(_ path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { chars in
          unsafe String(cString: chars)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  static func read(_ path: String) -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { return [] }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// Whether expected outputs are to be written anew.
  static var isRewriting: Bool {
    guard let value = unsafe getenv("BAROGRAPH_GOLDEN") else { return false }
    return unsafe String(cString: value) == "write"
  }

  static func write(_ path: String, _ bytes: [UInt8]) {
    guard let file = unsafe fopen(path, "wb") else { return }
    unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
  }
}
