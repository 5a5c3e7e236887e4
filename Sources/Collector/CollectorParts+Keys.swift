internal import API
internal import Codec
internal import LinuxIO
internal import Serving

/// The routes over keys.
extension CollectorParts {
  func keyRoutes(_ log: Log) -> KeyRoutes {
    let keys = keys
    return KeyRoutes(
      list: { keys.all.map { Self.json($0) } },
      add: { wish, principal in
        do throws(KeyOrder.Refusal) {
          let order = try KeyOrder(
            name: wish.name, roles: wish.roles, tenant: wish.tenant, events: wish.events,
            requests: wish.requests, expires: wish.expires, now: Clock.wall)
          let (key, text) = try keys.add(order, at: Clock.wall)
          log.write(.info, "key \(key.name) (\(key.prefix)) added", ["by": principal.name])
          return .success(Self.json(key, text: text))
        } catch {
          return .failure(KeyRoutes.Refusal(error.message))
        }
      },
      revoke: { name, principal in
        do throws(KeyOrder.Refusal) {
          guard let key = try keys.revoke(name, at: Clock.wall) else { return .success(nil) }
          log.write(.info, "key \(key.name) (\(key.prefix)) revoked", ["by": principal.name])
          return .success(Self.json(key))
        } catch {
          return .failure(KeyRoutes.Refusal(error.message))
        }
      })
  }

  /// A key as an object; with its text when it was just made.
  private static func json(_ key: AccessKey, text: String? = nil) -> [UInt8] {
    var json = JSONWriter()
    KeysFile.write(key, to: &json, withDigest: false)
    guard let text else { return json.bytes }
    return Array("{\"key\":\"\(text)\",".utf8) + json.bytes.dropFirst()
  }
}
