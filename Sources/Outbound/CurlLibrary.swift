import LinuxIO

// unsafe because a library's functions are found by name and called by pointer; their types are
// those of libcurl's binary interface, which has not changed since version 7.
@safe struct CurlLibrary: @unchecked Sendable {
  typealias Callback =
    @convention(c) (
      UnsafeMutableRawPointer?, Int, Int, UnsafeMutableRawPointer?
    ) -> Int
  typealias Progress =
    @convention(c) (UnsafeMutableRawPointer?, Int64, Int64, Int64, Int64) -> Int32
  typealias Make = @convention(c) () -> UnsafeMutableRawPointer?
  typealias Use = @convention(c) (UnsafeMutableRawPointer?) -> Void
  typealias Perform = @convention(c) (UnsafeMutableRawPointer?) -> Int32
  typealias Append =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafePointer<CChar>?
    ) -> UnsafeMutableRawPointer?
  typealias Explain = @convention(c) (Int32) -> UnsafePointer<CChar>?

  // Sendable because these are addresses of code, never written after they are found.
  let setOption: UnsafeMutableRawPointer
  let getInfo: UnsafeMutableRawPointer
  let make: Make
  let clean: Use
  let reset: Use
  let perform: Perform
  let append: Append
  let freeList: Use
  let explain: Explain

  /// The library; nil where it is not installed. It is looked for once and stays.
  static let installed: CurlLibrary? = load()

  /// The file names under which Debian and others have it, with OpenSSL and with GnuTLS.
  private static let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]

  private static func load() -> CurlLibrary? {
    for name in names {
      if let library = SharedLibrary(named: name), let curl = CurlLibrary(library) { return curl }
    }
    return nil
  }

  private init?(_ library: SharedLibrary) {
    typealias Prepare = @convention(c) (Int) -> Int32
    guard let prepare = unsafe library.address(of: "curl_global_init"),
      let setOption = unsafe library.address(of: "curl_easy_setopt"),
      let getInfo = unsafe library.address(of: "curl_easy_getinfo"),
      let make = unsafe library.address(of: "curl_easy_init"),
      let clean = unsafe library.address(of: "curl_easy_cleanup"),
      let reset = unsafe library.address(of: "curl_easy_reset"),
      let perform = unsafe library.address(of: "curl_easy_perform"),
      let append = unsafe library.address(of: "curl_slist_append"),
      let freeList = unsafe library.address(of: "curl_slist_free_all"),
      let explain = unsafe library.address(of: "curl_easy_strerror"),
      // CURL_GLOBAL_ALL
      unsafe unsafeBitCast(prepare, to: Prepare.self)(3) == 0
    else { return nil }
    unsafe self.setOption = setOption
    unsafe self.getInfo = getInfo
    unsafe self.make = unsafeBitCast(make, to: Make.self)
    unsafe self.clean = unsafeBitCast(clean, to: Use.self)
    unsafe self.reset = unsafeBitCast(reset, to: Use.self)
    unsafe self.perform = unsafeBitCast(perform, to: Perform.self)
    unsafe self.append = unsafeBitCast(append, to: Append.self)
    unsafe self.freeList = unsafeBitCast(freeList, to: Use.self)
    unsafe self.explain = unsafeBitCast(explain, to: Explain.self)
  }
}
