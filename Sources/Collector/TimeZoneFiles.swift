package import Codec
internal import LinuxIO

/// The system's files of time zones.
package enum TimeZoneFiles {
  /// The zone of this name, such as `Europe/Berlin`.
  package static func zone(_ name: String) throws(StartError) -> TimeZoneRules {
    if name == "UTC" { return .utc }
    guard TimeZoneRules.isName(name) else {
      throw StartError("cannot use the timezone \(name): it is no name like Europe/Berlin")
    }
    let path = "\(TimeZoneRules.directory)/\(name)"
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: TimeZoneRules.fileLimit)
    } catch {
      throw StartError(
        "cannot use the timezone \(name): cannot read \(path): \(error.text); "
          + "the package tzdata has the files of all zones")
    }
    do throws(TimeZoneError) {
      return try TimeZoneRules(bytes, name: name)
    } catch {
      throw StartError("cannot use the timezone \(name): \(error)")
    }
  }
}
