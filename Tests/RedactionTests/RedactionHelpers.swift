import Redaction
import Pattern

enum Redacting {
  // unsafe because arrays lend their bytes for the length of a call.

  static func text(_ text: String, _ policy: RedactionPolicy = RedactionPolicy()) -> String {
    unsafe run(Array(text.utf8), policy) { redactor, bytes, output in
      unsafe redactor.redact(text: bytes, into: &output)
    }
  }

  static func json(_ text: String, _ policy: RedactionPolicy = RedactionPolicy()) -> String {
    unsafe run(Array(text.utf8), policy) { redactor, bytes, output in
      unsafe redactor.redact(json: bytes, into: &output)
    }
  }

  static func rejected(_ text: String, _ policy: RedactionPolicy = RedactionPolicy()) -> String {
    unsafe run(Array(text.utf8), policy) { redactor, bytes, output in
      unsafe redactor.redact(rejected: bytes, into: &output)
    }
  }

  /// The output, or the input itself when it was clean.
  private static func run(
    _ bytes: [UInt8], _ policy: RedactionPolicy,
    _ redact: (inout Redactor, UnsafeRawBufferPointer, inout [UInt8]) -> Bool
  ) -> String {
    var redactor = Redactor(policy)
    var output = Array("kept:".utf8)
    let isHit = unsafe bytes.withUnsafeBytes { unsafe redact(&redactor, $0, &output) }
    precondition((redactor.counts.total > 0) == isHit, "hits are counted, and only hits")
    precondition(isHit || output.count == 5, "clean input appends nothing")
    return String(decoding: isHit ? Array(output.dropFirst(5)) : bytes, as: UTF8.self)
  }
}

/// Harmless secrets, put together so that no scanner takes this file for a leak.
enum Sample {
  static let secrets: [String] = [
    "sk-" + "abcdEFGH1234abcdEFGH1234abcdEFGH1234abcdEFGH1234",
    "sk-" + "1234567890abcdef", "sk-" + "abcdefghijklmnopqrstuvwx",
    "sk-proj-" + "Ab12Cd34_Ef56-Gh78Ij90Kl12Mn34", "sk-ant-" + "api03-Zx9_yW8-vU7tS6rQ5pO4",
    "sk-or-v1-" + "0123456789abcdef0123456789abcdef", "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "IOSFODNN7EXAMPLE", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "gho_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "ghu_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "ghr_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789",
    "xoxb-" + "123456789012-abcdefABCDEF", "xoxp-" + "123456789012-abcdefABCDEF",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "rk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "whsec_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "glpat-" + "abcDEF123456_-abcDEF", "hf_" + "abcdefghijABCDEFGHIJklmnopqrstuvwx",
    "gsk_" + "abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHIJ01",
    "npm_" + "abcdefghijABCDEFGHIJ0123456789abcdef",
    "SG." + "abcdefghijklmnopqrstuv.abcdefghijABCDEFGHIJ0123456789abcdefghijABC",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0",
    "baro_" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "xai-" + "abcdefghijABCDEFGHIJ0123456789", "pplx-" + "abcdefghijABCDEFGHIJ0123456789",
    "lsv2_pt_" + "0123456789abcdef0123456789abcdef_0123456789",
    "nvapi-" + "abcdefghij-ABCDEFGHIJ_0123456789", "ya29." + "a0AbCdEfGh-IjKlMnOpQrSt_UvWxYz",
    "GOCSPX-" + "abcdefghij-ABCDEFGHIJ_01", "pypi-AgE" + "IcHlwaS5vcmcCJDAwMDAwMDAw",
    "dop_v1_" + "0123456789abcdef0123456789abcdef",
  ]

  static let cards = [
    "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5500005555555559",
    "2223003122003222", "378282246310005", "3782 822463 10005", "3782-822463-10005",
    "6011111111111117", "30569309025904", "3056 930902 5904", "3530111333300000",
    "6200000000000005", "4222222222222", "4000 0000 0000 0000 006",
  ]

  static let ibans = [
    "GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00", "NO9386011117947", "NO93 8601 1117 947",
    "FR1420041010050500013M02606", "FR14 2004 1010 0505 0001 3M02 606",
    "MT84MALT011000012345MTLCAST001S",
    "BE68539007547034", "BE68 5390 0754 7034", "CH9300762011623852957",
    "gb29nwbk60161331926819", "de89370400440532013000", "GB29-NWBK-6016-1331-9268-19",
  ]

  static let emails = [
    "bob@example.com", "b@x.io", "Bob.O'Neil+tag@mail.example.co.uk",
    "user_1%x@sub-domain.example.org",
    "j\u{F6}rg@m\u{FC}nchen.de", "1234@163.com", "a@xn--mnchen-3ya.de",
    "jane.doe%40example.com", "jane.doe%2540example.com",
  ]

  static var all: [(value: String, name: String)] {
    secrets.map { ($0, "secret") } + cards.map { ($0, "card") } + ibans.map { ($0, "iban") }
      + emails.map { ($0, "email") }
  }
}
