internal import API
internal import LinuxIO
internal import Serving

/// The routes over keys.
extension CollectorParts {
  func keyRoutes(_ log: Log) -> KeyRoutes {
    let keys = keys
    return KeyRoutes(
      list: { KeysFile.list(keys.all) },
      add: { wish, principal in
        do throws(KeyOrder.Refusal) {
          let order = try KeyOrder(
            name: wish.name, roles: wish.roles, tenant: wish.tenant, events: wish.events,
            requests: wish.requests, expires: wish.expires, now: Clock.wall)
          let json = try keys.add(order, at: Clock.wall)
          log.write(.info, "key \(wish.name) added", ["by": principal.name])
          return .success(json)
        } catch {
          return .failure(KeyRoutes.Refusal(error.message))
        }
      },
      revoke: { name, principal in
        do throws(KeyOrder.Refusal) {
          let json = try keys.revoke(name, at: Clock.wall)
          if json != nil { log.write(.info, "key \(name) revoked", ["by": principal.name]) }
          return .success(json)
        } catch {
          return .failure(KeyRoutes.Refusal(error.message))
        }
      })
  }
}
