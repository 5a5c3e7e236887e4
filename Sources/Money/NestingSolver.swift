internal import Telemetry

/// Works out what each span of one trace counts: the same for every order of spans. It keeps only
/// scratch memory between traces.
package struct NestingSolver: ~Copyable {
  private var nodes = PlaceList<Node>()
  /// Node numbers, deepest first.
  private var order: [Int32] = []
  /// A node for each response id.
  private var responses: [UInt64: Int32] = [:]
  /// Nodes of calls that were seen more than once.
  private var sights: [Int32] = []
  /// What is explained twice beneath a node, by two instrumentations in different branches.
  private var twice: [Int32: LeafVector] = [:]

  /// Large, so it is looked at in place and never copied out.
  struct Node {
    let span: LedgerSpan
    let usage: LeafVector
    /// It is a call that says what it used or cost.
    let isCallWithUsage: Bool
    var parent: Int32 = -1
    var depth: Int32 = -1
    /// The nearest call above that says what was used, or −1.
    var callAbove: Int32 = -1
    /// Calls beneath it that say what they used or cost.
    var callsBelow: Int32 = 0
    /// Calls that say nothing of usage are beneath it; some of them have no response id.
    var hasSilentBelow = false
    var hasNamelessSilentBelow = false
    var hasReportBelow = false
    var hasCostBelow = false
    var standing = Standing.own
    /// Leads to the node that stands for the same call; its own number when it is alone.
    var sameAs: Int32
    /// It is such a number, and there are others.
    var isSeenAgain = false
    /// Its place in a walk of the tree, and where its descendants end there.
    var enter: Int32 = 0
    var exit: Int32 = 0
    /// What the spans beneath it explain.
    var below = LeafVector.zero
    var contribution = Contribution()

    init(_ span: LedgerSpan, _ number: Int32) {
      self.span = span
      usage = LeafVector(span.leaves)
      isCallWithUsage = span.role == .call && span.hasUsage
      sameAs = number
    }

    /// It is a call that has ended and does not say what it used.
    var isSilent: Bool {
      span.role == .call && !isCallWithUsage && !span.isCacheHit && !span.isOpen
    }
  }

  /// What a span is among the sights of its call.
  enum Standing {
    /// It is the only one, or stands for the others, none of which is beneath it.
    case own
    /// It counts although calls lie beneath it: it has another response id than they.
    case independent
    /// It stands for its call, and all calls beneath it are sights of the same.
    case aboveDoubles
    /// Another span stands for its call.
    case double
  }

  /// A solver with no scratch memory yet.
  package init() {}

  /// What each of `spans` counts, in their order: the whole trace, taken as closed.
  package mutating func solve(
    _ spans: [LedgerSpan], rowOf: (UInt32) -> PriceRow?
  ) -> [Contribution] {
    begin()
    var first: [UInt64: Int] = [:]
    for (index, span) in spans.enumerated() {
      add(span)
      guard span.spanID != 0 else { continue }
      if let known = first[span.spanID], spans[known].attempt <= span.attempt { continue }
      first[span.spanID] = index
    }
    for (index, span) in spans.enumerated() where span.parentID != 0 {
      if let parent = first[span.parentID] { setParent(of: index, parent) }
    }
    finish(rowOf: rowOf)
    return nodes.indices.map { nodes[$0].contribution }
  }

  /// Starts on another trace.
  mutating func begin() {
    nodes.removeAll()
    order.removeAll(keepingCapacity: true)
    if !twice.isEmpty { twice.removeAll(keepingCapacity: true) }
  }

  /// Adds a span; its number is how many were added before.
  mutating func add(_ span: LedgerSpan) {
    let number = Int32(nodes.count)
    nodes.append(Node(span, number))
  }

  /// Says which of the spans added is the parent of one.
  mutating func setParent(of number: Int, _ parent: Int) {
    nodes[number].parent = Int32(parent)
  }

  /// Works everything out.
  mutating func finish(rowOf: (UInt32) -> PriceRow?) {
    guard nodes.count > 1 else {
      if !nodes.isEmpty { nodes[0].contribution = Self.alone(nodes[0].span) }
      return
    }
    sortByDepth()
    lookUpAndDown()
    let hasSame = joinResponses()
    if joinChains() || hasSame { chooseStandIns() }
    for number in order { settle(Int(number), rowOf) }
  }

  /// What a span counts, after `finish`.
  func contribution(of number: Int) -> Contribution { nodes[number].contribution }

  /// What a span counts of which no relative is known.
  package static func alone(_ span: LedgerSpan) -> Contribution {
    switch span.role {
    case .plain: Contribution()
    case .call: asCall(span)
    case .rollUp: span.hasUsage ? counted(span, .residual) : Contribution()
    }
  }

  /// What a span counts as long as nothing else was said of it: a call as it stands.
  static func untold(_ span: LedgerSpan) -> Contribution {
    span.role == .call ? asCall(span) : Contribution()
  }

  private static func asCall(_ span: LedgerSpan) -> Contribution {
    if span.isCacheHit, span.status == .zero {
      // The usage is that of the first answer: nothing was used now.
      var hit = Contribution(.call)
      (hit.status, hit.cost) = (.zero, 0)
      return hit
    }
    guard span.hasUsage else {
      guard !span.isOpen else { return Contribution() }
      var missing = Contribution(.noUsage)
      missing.status = .noUsage
      return missing
    }
    return counted(span, .call)
  }

  private static func counted(_ span: LedgerSpan, _ why: CountReason) -> Contribution {
    var part = Contribution(why)
    part.status = span.status ?? .unpriced
    part.cost = span.cost
    part.leaves = span.leaves
    part.pricedTokens = span.pricedTokens
    return part
  }
}

// The tree.
extension NestingSolver {
  /// Gives every node its depth and orders them, deepest first. Parents that form a circle are
  /// taken for roots, all of them, so that no order of arrival decides which.
  private mutating func sortByDepth() {
    var path: [Int32] = []
    var deepest: Int32 = 0
    for start in nodes.indices where nodes[start].depth < 0 {
      path.removeAll(keepingCapacity: true)
      var number = Int32(start)
      // −1 is unknown, −2 is on the path.
      while number >= 0, nodes[Int(number)].depth == -1 {
        nodes[Int(number)].depth = -2
        path.append(number)
        number = nodes[Int(number)].parent
      }
      if number >= 0, nodes[Int(number)].depth == -2, let entry = path.firstIndex(of: number) {
        for member in path[entry...] {
          nodes[Int(member)].parent = -1
          nodes[Int(member)].depth = 0
        }
        path.removeSubrange(entry...)
      }
      for member in path.reversed() {
        let parent = nodes[Int(member)].parent
        let depth = parent < 0 ? 0 : nodes[Int(parent)].depth + 1
        nodes[Int(member)].depth = depth
        deepest = max(deepest, depth)
      }
    }
    order(deepest: Int(deepest))
  }

  /// A counting sort.
  private mutating func order(deepest: Int) {
    var starts = [Int](repeating: 0, count: deepest + 2)
    for number in nodes.indices { starts[deepest - Int(nodes[number].depth) + 1] += 1 }
    for depth in 1..<starts.count { starts[depth] += starts[depth - 1] }
    order.append(contentsOf: repeatElement(0, count: nodes.count))
    for number in nodes.indices {
      let place = deepest - Int(nodes[number].depth)
      order[starts[place]] = Int32(number)
      starts[place] += 1
    }
  }

  /// Tells every node how many calls are beneath it and which is the nearest above.
  private mutating func lookUpAndDown() {
    for number in order {
      let index = Int(number)
      let parent = Int(nodes[index].parent)
      guard parent >= 0 else { continue }
      let own: Int32 = nodes[index].isCallWithUsage ? 1 : 0
      nodes[parent].callsBelow += nodes[index].callsBelow + own
    }
    for number in order.reversed() {
      let parent = nodes[Int(number)].parent
      guard parent >= 0 else { continue }
      nodes[Int(number)].callAbove =
        nodes[Int(parent)].isCallWithUsage ? parent : nodes[Int(parent)].callAbove
    }
  }

  /// Numbers the nodes so that those beneath one are a range.
  private mutating func walk() {
    // First `exit` is the size of the subtree, then the next free place in it.
    for number in nodes.indices { nodes[number].exit = 1 }
    for number in order where nodes[Int(number)].parent >= 0 {
      nodes[Int(nodes[Int(number)].parent)].exit += nodes[Int(number)].exit
    }
    var free: Int32 = 0
    for number in order.reversed() {
      let parent = nodes[Int(number)].parent
      let size = nodes[Int(number)].exit
      let place = parent < 0 ? free : nodes[Int(parent)].exit
      if parent < 0 { free += size } else { nodes[Int(parent)].exit += size }
      nodes[Int(number)].enter = place
      nodes[Int(number)].exit = place + 1
    }
  }

  private func isAncestor(_ above: Int32, of number: Int32) -> Bool {
    let place = nodes[Int(number)].enter
    return nodes[Int(above)].enter < place && place < nodes[Int(above)].exit
  }
}

// One call seen more than once.
extension NestingSolver {
  /// Joins calls with the same response id, wherever they are. An answer of the application's
  /// cache repeats the id of the first answer, but is no sight of that call.
  private mutating func joinResponses() -> Bool {
    responses.removeAll(keepingCapacity: true)
    var isJoined = false
    for number in nodes.indices {
      let key = nodes[number].span.responseKey
      guard key != 0, nodes[number].span.role == .call, !nodes[number].span.isCacheHit else {
        continue
      }
      if let known = responses[key] {
        join(Int32(number), known)
        isJoined = true
      } else {
        responses[key] = Int32(number)
      }
    }
    return isJoined
  }

  /// Joins a call with the nearest call above it when both say the same usage, unless both have
  /// response ids and they differ: then the one above is a call of its own. Of several beneath it
  /// only one is the same call; which, the smallest span id decides.
  private mutating func joinChains() -> Bool {
    var chosen: [Int32: Int32] = [:]
    for number in order {
      let index = Int(number)
      let above = nodes[index].callAbove
      guard above >= 0, nodes[index].isCallWithUsage, !nodes[index].span.isCacheHit,
        nodes[Int(above)].usage == nodes[index].usage, !nodes[index].usage.isZero
      else { continue }
      let (mine, theirs) = (
        nodes[index].span.responseKey, nodes[Int(above)].span.responseKey
      )
      if mine != 0, theirs != 0, mine != theirs {
        nodes[Int(above)].standing = .independent
      } else if let known = chosen[above], !isBefore(index, Int(known)) {
        continue
      } else {
        chosen[above] = number
      }
    }
    for (above, number) in chosen { join(above, number) }
    return !chosen.isEmpty
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (nodes[one].span.spanID, nodes[one].span.attempt)
      < (nodes[other].span.spanID, nodes[other].span.attempt)
  }

  private mutating func root(_ number: Int32) -> Int32 {
    var root = number
    while nodes[Int(root)].sameAs != root {
      nodes[Int(root)].sameAs = nodes[Int(nodes[Int(root)].sameAs)].sameAs
      root = nodes[Int(root)].sameAs
    }
    return root
  }

  private mutating func join(_ left: Int32, _ right: Int32) {
    let (one, other) = (root(left), root(right))
    if one != other { nodes[Int(other)].sameAs = one }
  }

  /// Chooses for every call that was seen more than once the span that stands for it.
  private mutating func chooseStandIns() {
    walk()
    sights.removeAll(keepingCapacity: true)
    for number in nodes.indices {
      let root = root(Int32(number))
      nodes[number].sameAs = root
      nodes[Int(root)].isSeenAgain = nodes[Int(root)].isSeenAgain || root != Int32(number)
    }
    for number in nodes.indices where nodes[Int(nodes[number].sameAs)].isSeenAgain {
      sights.append(Int32(number))
    }
    // Those of one call side by side, in the order of the walk.
    let order = sights.sorted { one, other in
      (nodes[Int(one)].sameAs, nodes[Int(one)].enter)
        < (nodes[Int(other)].sameAs, nodes[Int(other)].enter)
    }
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, nodes[Int(order[end])].sameAs == nodes[Int(order[start])].sameAs {
        end += 1
      }
      chooseStandIn(among: order[start..<end])
      start = end
    }
  }

  private mutating func chooseStandIn(among sights: ArraySlice<Int32>) {
    var best = (number: sights[sights.startIndex], rank: rank(sights.startIndex, among: sights))
    for place in sights.indices.dropFirst() {
      let rank = rank(place, among: sights)
      if rank > best.rank { best = (sights[place], rank) }
    }
    let key = nodes[Int(best.number)].span.responseKey
    for number in sights where number != best.number {
      nodes[Int(number)].standing = .double
      let isSameResponse = key != 0 && nodes[Int(number)].span.responseKey == key
      nodes[Int(number)].contribution = Contribution(
        isSameResponse ? .duplicateResponseID : .duplicateUsage)
      noteTwice(number, best.number)
    }
    if best.rank.0 == 1, nodes[Int(best.number)].callsBelow > 0 {
      nodes[Int(best.number)].standing = .aboveDoubles
    }
  }

  /// What makes a sight the one that counts: no other calls beneath it, then how well its cost is
  /// known, then its depth; the span id only decides what would else be chance.
  private func rank(
    _ place: Int, among sights: ArraySlice<Int32>
  ) -> (Int, Int, Int32, UInt64, Int64) {
    let index = Int(sights[place])
    // Sights are sorted by place in the walk: those beneath this one follow it.
    var beneath: Int32 = 0
    for sight in sights[(place + 1)...] {
      guard nodes[Int(sight)].enter < nodes[index].exit else { break }
      if nodes[Int(sight)].isCallWithUsage { beneath += 1 }
    }
    let span = nodes[index].span
    let isWhole = span.hasUsage && nodes[index].callsBelow <= beneath
    return (isWhole ? 1 : 0, span.quality, nodes[index].depth, .max - span.spanID, -span.attempt)
  }

  /// Where a double and the stand-in lie in different branches, what is above both sees the usage
  /// twice; so the branching point is told to take it off once.
  private mutating func noteTwice(_ double: Int32, _ best: Int32) {
    guard !isAncestor(best, of: double), !isAncestor(double, of: best) else { return }
    var step = nodes[Int(double)].parent
    while step >= 0, !isAncestor(step, of: best) {
      // Another sight above it in this branch already covers what it explains.
      if nodes[Int(step)].sameAs == nodes[Int(double)].sameAs { return }
      step = nodes[Int(step)].parent
    }
    if step >= 0 { twice[step, default: .zero].add(nodes[Int(double)].usage) }
  }
}

// What counts.
extension NestingSolver {
  private mutating func settle(_ number: Int, _ rowOf: (UInt32) -> PriceRow?) {
    if !twice.isEmpty, let usage = twice[Int32(number)] { nodes[number].below.subtract(usage) }
    var explains = Explained.theLarger
    if nodes[number].standing == .double {
      // Its contribution was set when the stand-in was chosen.
    } else if nodes[number].span.role == .plain {
      explains = .whatIsBelow
    } else if nodes[number].span.isAggregate, nodes[number].callsBelow > 0 {
      nodes[number].contribution = Contribution(.aggregate)
      explains = .whatIsBelow
    } else if nodes[number].span.role == .rollUp
      || (nodes[number].callsBelow > 0 && nodes[number].standing == .own)
    {
      nodes[number].contribution = residual(of: number, rowOf)
    } else {
      countCall(number)
      if nodes[number].standing != .aboveDoubles { explains = .both }
    }
    let parent = Int(nodes[number].parent)
    if parent >= 0 { tell(parent, of: number, explains) }
  }

  /// What a span explains of the usage above it, from its own and what is explained below it.
  private enum Explained {
    case whatIsBelow, theLarger, both
  }

  private mutating func tell(_ parent: Int, of number: Int, _ explains: Explained) {
    switch explains {
    case .whatIsBelow:
      break
    case .theLarger:
      let usage = nodes[number].usage
      nodes[number].below.formUnion(usage)
    case .both:
      let usage = nodes[number].usage
      nodes[number].below.add(usage)
    }
    let explained = nodes[number].below
    nodes[parent].below.add(explained)
    let isSilent = nodes[number].isSilent
    if isSilent || nodes[number].hasSilentBelow { nodes[parent].hasSilentBelow = true }
    if isSilent && nodes[number].span.responseKey == 0 || nodes[number].hasNamelessSilentBelow {
      nodes[parent].hasNamelessSilentBelow = true
    }
    let isKnown = nodes[number].span.role != .plain && !nodes[number].span.isAggregate
    if nodes[number].hasReportBelow || (isKnown && nodes[number].span.status == .reported) {
      nodes[parent].hasReportBelow = true
    }
    if nodes[number].hasCostBelow || (isKnown && nodes[number].span.cost != Event.absent) {
      nodes[parent].hasCostBelow = true
    }
  }

  private mutating func countCall(_ number: Int) {
    // Without usage of its own, the call above is the same, seen by an instrumentation that knows
    // the usage. Where none knows it, the lowest stands for it.
    let isSeenAbove =
      !nodes[number].isCallWithUsage && !nodes[number].span.isCacheHit
      && nodes[number].callAbove >= 0
    let isSeenBelow =
      nodes[number].isSilent && nodes[number].hasSilentBelow
      && (nodes[number].span.responseKey == 0 || nodes[number].hasNamelessSilentBelow)
    nodes[number].contribution =
      isSeenAbove || isSeenBelow
      ? Contribution(.duplicateUsage) : Self.asCall(nodes[number].span)
  }

  private func residual(of number: Int, _ rowOf: (UInt32) -> PriceRow?) -> Contribution {
    let (span, below) = (nodes[number].span, nodes[number].below)
    guard span.hasUsage else {
      // A call that says nothing of its usage is the same as one beneath it that does.
      return nodes[number].isSilent ? Contribution(.duplicateUsage) : Contribution()
    }
    if below.isZero, !nodes[number].hasCostBelow { return Self.counted(span, .residual) }
    if span.status == .reported, nodes[number].hasReportBelow { return Contribution(.residual) }
    let rest = nodes[number].usage.residual(beyond: below)
    if span.status == .reported, !nodes[number].hasCostBelow {
      var part = Self.counted(span, .residual)
      part.leaves = rest.leaves
      part.pricedTokens = part.leaves.tokens
      return part
    }
    guard !rest.isZero else { return Contribution(.residual) }
    if rest == nodes[number].usage, span.status != .reported {
      return Self.counted(span, .residual)
    }
    return Self.priced(rest.leaves, of: span, rowOf(span.priceRow))
  }

  /// What is left of a roll-up, priced with its own model.
  private static func priced(
    _ leaves: TokenLeaves, of span: LedgerSpan, _ row: PriceRow?
  ) -> Contribution {
    var part = Contribution(.residual)
    part.leaves = leaves
    part.status = .unpriced
    guard let row else { return part }
    let priced = row.price(leaves, isCall: false)
    guard !priced.hasOverflown, priced.pricedTokens > 0 else { return part }
    part.cost = priced.cost
    part.pricedTokens = priced.pricedTokens
    part.status = priced.unpriced.isEmpty ? (priced.cost == 0 ? .zero : .computed) : .partial
    return part
  }
}

extension LedgerSpan {
  /// How well its cost is known.
  fileprivate var quality: Int {
    switch status {
    case .reported: 5
    case .computed: 4
    case .zero: 3
    case .partial: 2
    case .unpriced: 1
    case .noUsage, nil: 0
    }
  }
}
