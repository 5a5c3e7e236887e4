internal import LinuxIO

@main
struct Barograph {
  static func main() {
    var flags: [(name: String, value: String)] = []
    var arguments = CommandLine.arguments.dropFirst(2)
    while let name = arguments.popFirst(), let value = arguments.popFirst() {
      flags.append((name, value))
    }
    Exit.now(ServeCommand.run(file: nil, flags: flags))
  }
}
