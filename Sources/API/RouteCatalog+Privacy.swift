/// Handing out, erasing and holding what is stored on somebody, and what administrators did.
extension RouteCatalog {
  private static let subject: KeyValuePairs<String, Shape> = [
    "user": .filledText.optional.noted("the user, as services name them"),
    "session": .filledText.optional.noted("or the session"),
  ]

  private static let subjectExample = #"{"user":"user-4711"}"#

  static let privacy: [RouteNote] = [
    RouteNote("POST", "/v1/erase", .administration, "Erase a user or a session")
      .explained(
        "Rows go, the name goes out of what others said, and the files are read for it byte by "
          + "byte. Doing it again completes one that was ended."
      )
      .readsJSON(
        .object(
          subject.map { ($0.key, $0.value) } + [
            (
              "mentions",
              Shape.words(["remove", "keep"]).optional
                .noted("what becomes of the name elsewhere; removed where it is distinctive")
            ),
            ("remove_copies", Shape.flag.optional.noted("whether older copies beside it go too")),
          ]),
        example: subjectExample
      )
      .gives("it is done; `complete` says whether nothing is left", .named("Erasure"))
      .gives(202, "it goes on; `GET /v1/erase` tells of its end", .named("Erasure"))
      .refuses(409, "it is held, or another erasure is under way"),
    RouteNote("GET", "/v1/erase", .administration, "Show how the last erasure is going")
      .gives("its state", .named("Erasure")),
    RouteNote("POST", "/v1/export", .administration, "Hand out everything on a user or session")
      .readsJSON(.object(subject), example: subjectExample)
      .gives(
        "lines of JSON; the last says `end`",
        [.init(type: "application/x-ndjson", shape: .bytes)]),
    RouteNote("GET", "/v1/holds", .administration, "List what is held")
      .gives("the holds", page("holds", of: .named("Hold"))),
    RouteNote("POST", "/v1/holds", .administration, "Hold a user, session, tenant or trace")
      .readsJSON(
        .object([
          "user": .filledText.optional, "session": .filledText.optional,
          "tenant": .filledText.optional, "trace": .filledText.optional,
          "reason": .text.optional,
        ]),
        example: #"{"user":"user-4711","reason":"case 2026-17"}"#
      )
      .gives(201, "the hold", .named("Hold")),
    RouteNote("DELETE", "/v1/holds/:id", .administration, "Release a hold")
      .takes([.path("id", "the hold's number", example: "1")])
      .gives("the hold that was", .named("Hold"))
      .refuses(404, "there is none of this number"),
    RouteNote("GET", "/v1/audit", .administration, "List what administrators did")
      .takes(
        [
          .query("from", moment, "leave out what was done before"),
          .query("to", moment, "leave out what was done then or later"),
        ] + paging
      )
      .gives("the acts, the newest first", page("audit", of: .named("Act"))),
    RouteNote("GET", "/v1/audit/verify", .administration, "Check that the trail of acts is whole")
      .takes([.query("expect", .text, "a hash that some act must have, as the log has it")])
      .gives("what was found", .named("AuditVerdict")),
  ]

  static let privacyShapes: [(name: String, shape: Shape)] = [
    (
      "Erasure",
      .object([
        "phase": .words(["idle", "working", "done", "refused", "failed"]), "complete": .flag,
        "message": .text, "receipt": Shape.map(of: .any).orNull.noted("what was done, its proof"),
      ])
    ),
    (
      "Hold",
      .object([
        "id": .count, "kind": .words(["user", "session", "tenant", "trace"]), "value": .text,
        "reason": .text, "placed_at": .time, "placed_by": .text,
      ])
    ),
    (
      "Act",
      .object([
        "id": .count, "time": .time, "principal": .text, "act": .text, "target": .text,
        "outcome": .text, "detail": .text, "hash": .text,
      ])
    ),
    (
      "AuditVerdict",
      .object([
        "whole": .flag, "rows": .count, "first": .count, "last": .count, "hash": .text,
        "findings": .list(of: .text),
      ])
    ),
  ]
}
