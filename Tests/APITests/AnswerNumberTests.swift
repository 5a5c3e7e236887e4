import Testing

@testable import Exposition

/// Numbers of answers, as Go writes them.
@Suite struct AnswerNumberTests {
  private static let numbers: [(Double, String)] = [
    (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1e-6, "0.000001"),
    (9.99e-7, "9.99e-07"), (1.5e-9, "1.5e-09"), (.leastNonzeroMagnitude, "5e-324"),
    (1e20, "100000000000000000000"), (1e21, "1e+21"),
    (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    (9_007_199_254_740_994, "9007199254740994"), (123_456.789, "123456.789"),
    (1_234_567_890_000_000_000, "1234567890000000000"), (0.0001, "0.0001"),
    (0.00001234, "0.00001234"), (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    (2.5e15, "2500000000000000"),
  ]

  @Test(arguments: numbers.indices) func `numbers are as short as they can be`(index: Int) {
    let (value, text) = Self.numbers[index]
    var bytes: [UInt8] = []
    PrometheusAnswer.append(value, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  private static let times: [(Int64, String)] = [
    (0, "0"), (1_795_228_185_010, "1795228185.010"), (1_795_228_185_000, "1795228185"),
    (-1, "-0.001"), (-61_500, "-61.500"),
  ]

  @Test(arguments: times.indices) func `times keep their milliseconds`(index: Int) {
    let (time, text) = Self.times[index]
    var bytes: [UInt8] = []
    PrometheusAnswer.append(time: time, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}
