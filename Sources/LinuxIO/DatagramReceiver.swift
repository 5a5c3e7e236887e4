import CLinux
import Glibc

/// Takes many datagrams in one call into memory made once. The slots are address space that costs
/// memory only where datagrams have been: 64 small ones touch about 64 pages of the 4 MiB.
@safe package final class DatagramReceiver {
  // unsafe because the kernel fills the slots through raw pointers: each header points at its own
  // slot and name for the receiver's whole life, and the lengths bound what may be written.
  private let slab: UnsafeMutableRawPointer
  private let headers: UnsafeMutablePointer<linux_mmsghdr>
  private let parts: UnsafeMutablePointer<iovec>
  private let names: UnsafeMutablePointer<sockaddr_storage>
  private let stride: Int

  /// How many datagrams one call can take.
  package let slots: Int
  /// Longer datagrams are cut to this many bytes and marked.
  package let slotSize: Int
  /// How many datagrams the last call took.
  package private(set) var count = 0

  /// Bytes behind a slot that may be read, never relied on. They also shift the slots against each
  /// other: starts a power of two apart would all compete for the same few lines of the cache.
  package static let padding = 576

  /// Room for `slots` datagrams of at most `slotSize` bytes; the default takes every UDP payload.
  package init(slots: Int = 64, slotSize: Int = 65_536) throws(Errno) {
    precondition(slots > 0 && slotSize > 0 && slotSize % 64 == 0, "a slot is whole cache lines")
    self.slots = slots
    self.slotSize = slotSize
    stride = slotSize + Self.padding
    let slab = unsafe mmap(
      nil, slots * stride, PROT_READ | PROT_WRITE,
      Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1, 0)
    guard let slab = unsafe slab, unsafe slab != MAP_FAILED else { throw Errno.last }
    unsafe self.slab = slab
    unsafe headers = .allocate(capacity: slots)
    unsafe parts = .allocate(capacity: slots)
    unsafe names = .allocate(capacity: slots)
    unsafe names.initialize(repeating: sockaddr_storage(), count: slots)
    for slot in 0..<slots { prepare(slot) }
  }

  deinit {
    unsafe munmap(slab, slots * stride)
    unsafe headers.deallocate()
    unsafe parts.deallocate()
    unsafe names.deallocate()
  }

  private func prepare(_ slot: Int) {
    unsafe (parts + slot).initialize(
      to: iovec(iov_base: slab + slot * stride, iov_len: slotSize))
    var message = unsafe msghdr()
    unsafe message.msg_name = UnsafeMutableRawPointer(names + slot)
    unsafe message.msg_iov = parts + slot
    unsafe message.msg_iovlen = 1
    unsafe (headers + slot).initialize(to: linux_mmsghdr(msg_hdr: message, msg_len: 0))
  }

  /// Takes what waits on `socket`, up to `slots` datagrams; 0 when nothing does. What the last call
  /// brought is gone.
  package func receive(from socket: borrowing DatagramSocket) throws(Errno) -> Int {
    for slot in 0..<slots {
      unsafe (headers + slot).pointee.msg_hdr.msg_namelen = socklen_t(
        MemoryLayout<sockaddr_storage>.size)
    }
    count = 0
    let number = socket.raw
    do {
      count = Int(
        try checked { unsafe linux_recvmmsg(number, headers, UInt32(slots), 0, nil) })
    } catch {
      guard error.isWouldBlock else { throw error }
    }
    return count
  }

  /// The bytes of the datagram at `index`; valid until the next `receive`. `padding` more bytes may
  /// be read behind them.
  @unsafe package func bytes(_ index: Int) -> UnsafeRawBufferPointer {
    check(index)
    return unsafe UnsafeRawBufferPointer(
      start: slab + index * stride, count: Int((headers + index).pointee.msg_len))
  }

  /// Whether the datagram at `index` was longer than a slot.
  package func isTruncated(_ index: Int) -> Bool {
    check(index)
    return unsafe (headers + index).pointee.msg_hdr.msg_flags & Int32(MSG_TRUNC) != 0
  }

  /// Where the datagram at `index` came from.
  package func peer(_ index: Int) -> SocketAddress? {
    check(index)
    let length = unsafe Int((headers + index).pointee.msg_hdr.msg_namelen)
    return unsafe SocketAddress(
      kernel: UnsafeRawBufferPointer(
        start: names + index, count: MemoryLayout<sockaddr_storage>.size),
      length: length)
  }

  private func check(_ index: Int) {
    precondition(index >= 0 && index < count, "only datagrams of the last call are read")
  }
}
