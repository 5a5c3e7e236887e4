internal import CSQLite
package import Telemetry

/// Why the store did not do what it was asked.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// SQLite refused: its extended result code, its words, and the statement (never its arguments).
  case sqlite(code: Int32, message: String, sql: String)
  /// The file was written by a later version of the program.
  case newerFile(version: Int64, known: Int64)
  /// The file is a database of another program.
  case foreignFile
  /// The file holds what no program of ours wrote, said in words.
  case damaged(String)

  /// The file cannot be made or looked at.
  case file(path: String, cause: String)
  /// The file is older than this program, and cannot be copied before it is brought up to date.
  case uncopied(version: Int64, cause: String)
  /// The file, which is damaged, cannot be given another name.
  case unmoved(path: String, cause: String)

  package var description: String {
    switch self {
    case .sqlite(let code, let message, let sql):
      sql.isEmpty
        ? "cannot open the store: \(message) (SQLite \(code))"
        : "cannot run \"\(sql)\": \(message) (SQLite \(code))"
    case .newerFile(let version, let known):
      "cannot open the store: its schema is version \(version), this program knows up to \(known);"
        + " use the newer program, or another data directory"
    case .file(let path, let cause):
      "cannot make \(path): \(cause)"
    case .uncopied(let version, let cause):
      "cannot keep a copy of the store before its upgrade from schema version \(version): "
        + "\(cause); make room, or run barograph upgrade --no-copy"
    case .unmoved(let path, let cause):
      "cannot set the damaged file \(path) aside: \(cause)"
    case .damaged(let what):
      "cannot open the store: \(what)"
    case .foreignFile:
      "cannot open the store: the file is a database of another program"
    }
  }

  /// What SQLite said, without the statement; otherwise all that is known.
  var words: String {
    guard case .sqlite(_, let message, _) = self else { return description }
    return message
  }

  /// SQLite's primary result code, or nil where SQLite did not speak.
  package var code: Int32? {
    guard case .sqlite(let code, _, _) = self else { return nil }
    return code & 0xFF
  }

  /// Whether another batch may fare better, because the trouble is not the file's or the machine's.
  package var isOfOneBatch: Bool {
    switch code {
    case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH: true
    default: false
    }
  }

  /// Whether SQLite found that the file is not as it wrote it, so that it is of no use any more.
  package var isDamage: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

  /// Whether no program of this version can read the file, whoever tries.
  var isForeignOrDamaged: Bool {
    switch self {
    case .newerFile, .foreignFile, .damaged: true
    default: isDamage
    }
  }

  /// What it means for intake.
  package var trouble: StoreTrouble {
    switch code {
    case SQLITE_FULL: .diskFull
    case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN: .readOnly
    default: .failed
    }
  }
}
