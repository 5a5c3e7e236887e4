internal import LinuxIO

extension ChildProcess {
  /// Reads its standard error until it ends; kills it after `milliseconds`, or once it has said
  /// `last`.
  package func finish(
    within milliseconds: Int32 = 120_000, orSaying last: String? = nil
  ) throws -> (end: End, said: String) {
    let output = FileDescriptor(owning: standardError)
    var said: [UInt8] = []
    let deadline = Clock.monotonic + Int64(milliseconds) * 1_000_000
    reading: while true {
      switch try output.read(upTo: 65_536, into: &said) {
      case .bytes:
        guard let last, String(decoding: said, as: UTF8.self).contains(last) else { continue }
        send(signal: Self.killNow)
        break reading
      case .end: break reading
      case .wouldBlock:
        let left = Int32((deadline - Clock.monotonic) / 1_000_000)
        if left > 0, try output.wait(for: .read, milliseconds: left) { continue }
        send(signal: Self.killNow)
        break reading
      }
    }
    return (wait(), String(decoding: said, as: UTF8.self))
  }
}
