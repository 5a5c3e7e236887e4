import Glibc

// unsafe because what is found under a name has whatever type the library gave it.

/// A library that is loaded while the program runs, and stays.
@safe package struct SharedLibrary: @unchecked Sendable {
  // Sendable because the handle is only looked names up in, which any thread may do.
  private let handle: UnsafeMutableRawPointer

  /// Loads a library by its file's name, where the system looks for libraries; nil when it is not
  /// there or cannot be loaded.
  package init?(named name: String) {
    guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
    unsafe self.handle = handle
  }

  /// Where a function or variable of the library is; nil when it has none of that name.
  @unsafe package func address(of name: String) -> UnsafeMutableRawPointer? {
    unsafe dlsym(handle, name)
  }
}
