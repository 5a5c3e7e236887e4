/// Why bytes are no protobuf message, and where reading stopped.
@usableFromInline package struct ProtobufError: Error, Equatable {
  /// What kind of fault it is.
  @usableFromInline package enum Fault: Sendable {
    /// A value, or the length said for it, reaches beyond its message.
    case truncated
    /// A varint of more than 64 bits, or a tag of more than 32.
    case overlong
    /// Field number 0, or one of the two wire types that do not exist.
    case badTag
    /// The end of a group that was not begun, or another one's end.
    case strayGroupEnd
    /// Messages or groups within each other beyond the limit.
    case depth
  }

  /// What kind of fault it is.
  @usableFromInline package let fault: Fault
  /// The byte at which the faulty tag, length or value starts.
  @usableFromInline package let offset: Int

  /// A fault at `offset`.
  @usableFromInline package init(_ fault: Fault, at offset: Int) {
    self.fault = fault
    self.offset = offset
  }

  /// The cause in words, for `cannot decode …: <cause>`.
  package var cause: StaticString {
    switch fault {
    case .truncated: "a value reaches beyond the end of its message"
    case .overlong: "a varint is too long"
    case .badTag: "a tag has no valid field number and wire type"
    case .strayGroupEnd: "a group ends that was not begun"
    case .depth: "messages are nested too deeply"
    }
  }

  @usableFromInline package static func == (left: ProtobufError, right: ProtobufError) -> Bool {
    left.fault == right.fault && left.offset == right.offset
  }
}

/// How a protobuf field's value is laid out.
@usableFromInline package enum ProtobufWire: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case bytes = 2
  case groupStart = 3
  case groupEnd = 4
  case fixed32 = 5
}

/// What stands before each protobuf value.
@usableFromInline package struct ProtobufTag: Equatable, Sendable {
  /// The field's number, never 0.
  @usableFromInline package let field: UInt32
  /// The layout of the value that follows.
  @usableFromInline package let wire: ProtobufWire

  /// The tag of `field` laid out as `wire`.
  @inlinable
  package init(_ field: UInt32, _ wire: ProtobufWire) {
    self.field = field
    self.wire = wire
  }

  @inlinable
  package static func == (left: ProtobufTag, right: ProtobufTag) -> Bool {
    left.field == right.field && left.wire == right.wire
  }
}
