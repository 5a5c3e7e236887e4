import Testing

@testable import Windows

@Suite struct ExponentialScaleTests {
  @Test("a bucket's upper bound belongs to it and the next larger number to the next bucket")
  func bounds() {
    for index in (ExponentialScale.lowest + 1)..<ExponentialScale.highest {
      let bound = ExponentialScale.upperBound(index)
      #expect(ExponentialScale.index(of: bound) == index)
      #expect(ExponentialScale.index(of: bound.nextUp) == index + 1)
    }
  }

  @Test("the middle of a bucket is within the stated error of both its ends")
  func middles() {
    for index in (ExponentialScale.lowest + 1)...ExponentialScale.highest {
      let middle = ExponentialScale.middle(index)
      let (low, high) = (
        ExponentialScale.upperBound(index - 1), ExponentialScale.upperBound(index)
      )
      #expect(low < middle && middle < high)
      #expect((middle - low) / low < ExponentialScale.relativeError)
      #expect((high - middle) / high < ExponentialScale.relativeError)
    }
  }

  @Test("what no bucket is for joins the lowest")
  func tooSmall() {
    for value in [0, -1, .nan, -.infinity, .leastNonzeroMagnitude, 1e-9] {
      #expect(ExponentialScale.index(of: value) == ExponentialScale.lowest)
    }
  }

  @Test("what is too large joins the highest")
  func tooLarge() {
    for value in [1e300, .infinity] {
      #expect(ExponentialScale.index(of: value) == ExponentialScale.highest)
    }
  }

  @Test("powers of two end every 32nd bucket")
  func powers() {
    for exponent in -19...19 {
      let power = Double(sign: .plus, exponent: exponent, significand: 1)
      #expect(ExponentialScale.index(of: power) == exponent * 32)
      #expect(ExponentialScale.upperBound(exponent * 32) == power)
    }
  }
}
