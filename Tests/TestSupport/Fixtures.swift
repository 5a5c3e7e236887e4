package import Codec

/// Files under `Tests/Fixtures`.
package enum Fixtures {
  /// The names of the files in a folder, sorted.
  package static func names(in folder: String) -> [String] {
    FixtureFiles.list(path(folder)).sorted()
  }

  /// The bytes of a file.
  package static func bytes(_ name: String) -> [UInt8] {
    FixtureFiles.read(path(name))
  }

  /// What a file holds that `bytes` are to be the same as; where `BAROGRAPH_GOLDEN` says `write`
  /// they are written there first.
  package static func golden(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    if FixtureFiles.isRewriting { FixtureFiles.write(path(name), bytes) }
    return FixtureFiles.read(path(name))
  }

  /// A slab that holds a file.
  package static func slab(_ name: String) -> ByteSlab {
    let bytes = bytes(name)
    let slab = ByteSlab(capacity: bytes.count + 1)
    slab.append(bytes)
    return slab
  }

  /// The path of a file.
  package static func path(_ name: String) -> String {
    let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return "/\(here)/Fixtures/\(name)"
  }
}
