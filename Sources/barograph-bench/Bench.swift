internal import Codec
internal import Intake
internal import Telemetry

/// Runs the benchmark named by the first argument; see `scripts/bench`.
@main
struct Bench {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "decode": DecodeBench.run()
    case "store": StoreBench.run(directory: arguments.dropFirst().first)
    default: print("usage: barograph-bench decode | store [DIRECTORY]")
    }
  }
}
