import Alerts
import Codec
import Collector
import LinuxIO
import TestSupport
import Testing

@Suite struct ReceiverConfigurationTests {
  private static let every = """
    receivers:
      - {name: oncall, type: pagerduty, routing_key: {env: PD_KEY}}
      - name: chat
        type: slack
        url: {file: slack-url}
        channel: "#llm"
        send_resolved: false
      - name: hook
        type: webhook
        url: https://hooks.example.org/services/hidden-abcd
        secret: {env: HOOK_SECRET}
        template: '{"title": {{ .Title | toJson }}}'
        headers: {Authorization: {env: AUTH}, X-Team: {env: TEAM}}
        timeout: 5s
        max_tries: 3
        give_up_after: 1m
        queue: 10
        ca_file: /etc/ca.pem
      - name: post
        type: email
        server: mail.example.org:465
        from: Barograph <baro@example.org>
        to: [ops@example.org, "On Call <oncall@example.org>"]
        username: baro
        password: {file: /run/secrets/mail}
      - {name: other, type: alertmanager, url: {env: MANAGER}, valid_for: 1h}
      - {name: genie, type: opsgenie, api_key: {env: OG}, url: {env: OG_URL}}
      - {name: teams, type: teams, url: {env: TEAMS}}
      - {name: lines, type: log}
    """

  @Test func `every kind is read`() throws {
    let receivers = try loaded(Self.every).receivers
    #expect(
      receivers.map(\.name)
        == ["oncall", "chat", "hook", "post", "other", "genie", "teams", "lines"])
    #expect(
      receivers.map(\.kind.name) == [
        "pagerduty", "slack", "webhook", "email", "alertmanager", "opsgenie", "teams", "log",
      ])
    #expect(receivers[1].sendsResolved == false)
    let hook = receivers[2]
    #expect(hook.headers.map(\.name) == ["Authorization", "X-Team"])
    #expect(hook.timeoutMilliseconds == 5_000)
    #expect(hook.tries == 3 && hook.patienceMilliseconds == 60_000 && hook.queueLimit == 10)
    #expect(hook.authorityFile == "/etc/ca.pem")
    guard case .mail(let mail) = receivers[3].kind else {
      Issue.record("no mail")
      return
    }
    #expect(mail.host == "mail.example.org" && mail.port == 465 && mail.encryption == .tls)
    #expect(mail.to.map(\.address) == ["ops@example.org", "oncall@example.org"])
    #expect(receivers[3].timeoutMilliseconds == 30_000)
  }

  @Test(arguments: [false, true])
  func `what is printed can be read again, and holds no secret`(json: Bool) throws {
    let printed = try loaded(Self.every).printed(json: json)
    #expect(!printed.contains("hidden"))
    #expect(printed.contains("…abcd"))
    let again = json ? "" : printed
    guard !again.isEmpty else { return }
    let line = again.split(separator: "\n").first { $0.hasPrefix("receivers:") }
    // The only text that stood in the file is the one that cannot come back.
    let text = try #require(line.map { String($0) }).replacing(
      "…abcd", with: "https://hooks.example.org/services/hidden-abcd")
    #expect(try loaded(text).receivers == loaded(Self.every).receivers)
  }

  @Test(arguments: [
    ("[{name: a}]", "1:13", "wrong value for 'receivers'; expected {name: NAME, type: TYPE, ...}"),
    (
      "[{name: a, type: slck, url: 'http://a/'}]", "1:29",
      "wrong value for 'receivers'; expected one of webhook, slack, pagerduty, email, "
        + "alertmanager, opsgenie, teams, log; 'slack' is most like it"
    ),
    (
      "[{name: a, type: slack, ur: 'http://a/'}]", "1:36",
      "unknown key 'ur' in 'receivers'; expected one of name, type, send_resolved, max_tries, "
        + "give_up_after, queue, url, channel, username, timeout, ca_file, headers; did you mean "
        + "'url'?"
    ),
    (
      "[{name: a, type: slack}]", "1:13",
      "wrong value for 'receivers'; expected 'url': a URL that begins with http:// or https://, "
        + "{env: NAME} or {file: PATH}"
    ),
    (
      "[{name: a, type: slack, url: 'ftp://a/'}]", "1:41",
      "wrong value for 'receivers'; expected a URL that begins with http:// or https://, "
        + "{env: NAME} or {file: PATH}"
    ),
    (
      "[{name: a, type: slack, url: {evn: X}}]", "1:42",
      "unknown key 'evn' in 'receivers'; expected one of env, file; did you mean 'env'?"
    ),
    (
      "[{name: a b, type: log}]", "1:20",
      "wrong value for 'receivers'; expected a name of at most 64 letters, digits and '_', '-', "
        + "'.'"
    ),
    (
      "[{name: a, type: log}, {name: a, type: log}]", "1:12",
      "two receivers are named 'a'; expected a name for each"
    ),
    (
      "[{name: a, type: log, queue: 0}]", "1:41",
      "wrong value for 'receivers'; expected a whole number from 1 to 100000"
    ),
    (
      "[{name: a, type: email, server: 'm:25', from: a@b, to: [c@d, 'x\\r\\ny@z']}]", "1:73",
      "wrong value for 'receivers'; expected an address, ops@example.org or Ops <ops@example.org>"
    ),
    (
      "[{name: a, type: email, server: 'm:25', from: a@b, to: c@d, encryption: none, username: u, "
        + "password: p}]", "1:113",
      "wrong value for 'receivers'; expected no password where 'encryption' is none, unless on "
        + "this machine"
    ),
    (
      "[{name: a, type: webhook, url: 'http://a/', template: '{{ .Title '}]", "1:66",
      "wrong value for 'receivers'; expected a template that can be read (1:11: unclosed action)"
    ),
    (
      "[{name: a, type: webhook, url: 'http://a/', headers: {Host: x}}]", "1:66",
      "wrong value for 'receivers'; expected the name of a header that requests do not set "
        + "themselves"
    ),
  ])
  func `mistakes have their place`(text: String, place: String, message: String) {
    #expect(problems("receivers: \(text)") == ["barograph.yaml:\(place): \(message)"])
  }

  @Test func `secrets are read from the environment and from files`() throws {
    let directory = "/tmp/barograph-receivers-\(Random.word())"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    try FileSystem.writeAtomically(
      Array("https://chat.example.org/x\n".utf8), to: directory + "/url")
    let text = """
      receivers:
        - {name: oncall, type: pagerduty, routing_key: {env: PD_KEY}}
        - {name: chat, type: slack, url: {file: \(directory)/url}}
      """
    let receivers = try loaded(text).receivers.map {
      try $0.withSecrets(environment: ["PD_KEY": "00000000000000000000000000000000"])
    }
    guard case .pagerDuty(let duty) = receivers[0].kind, case .slack(let slack) = receivers[1].kind
    else {
      Issue.record("other kinds")
      return
    }
    #expect(duty.routingKey.revealed == "00000000000000000000000000000000")
    #expect(slack.url.revealed == "https://chat.example.org/x")
  }

  @Test(arguments: [
    (
      "{name: a, type: slack, url: {env: NONE}}",
      "cannot use 'url' of receiver 'a': the variable NONE of the environment is not set"
    ),
    (
      "{name: a, type: slack, url: {env: BAD}}",
      "cannot use 'url' of receiver 'a': it is empty or holds a control character"
    ),
    (
      "{name: a, type: slack, url: {env: WORD}}",
      "cannot use 'url' of receiver 'a': expected http://HOST/PATH or https://HOST/PATH"
    ),
    (
      "{name: a, type: slack, url: {file: /nonexistent/x}}",
      "cannot use 'url' of receiver 'a': cannot read /nonexistent/x: No such file or directory"
    ),
  ])
  func `secrets that cannot be read are named`(text: String, message: String) throws {
    let receiver = try #require(try loaded("receivers: [\(text)]").receivers.first)
    do throws(ReceiverError) {
      _ = try receiver.withSecrets(environment: ["BAD": "a\nb", "WORD": "word"])
      Issue.record("it was read")
    } catch {
      #expect(error.description == message)
    }
  }
}
