import Glibc

// unsafe because libFuzzer is C: it calls these two symbols with raw pointers that are valid for
// the duration of the call, and its own `main` links in place of ours.

private let chosenTarget: FuzzTarget = {
  guard let name = environmentValue("BAROGRAPH_FUZZ_TARGET"), let target = FuzzTarget.named(name)
  else { preconditionFailure("BAROGRAPH_FUZZ_TARGET must name a fuzz target") }
  return target
}()

private func environmentValue(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

/// Runs before the first input. The name `list` prints the table for the script and ends.
@_cdecl("LLVMFuzzerInitialize")
func prepareFuzzing(
  _ argumentCount: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
  if environmentValue("BAROGRAPH_FUZZ_TARGET") == "list" {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
  }
  return 0
}

/// Runs the chosen target on one input.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafeRawPointer, _ count: Int) -> Int32 {
  unsafe chosenTarget.run(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
