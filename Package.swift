// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// The rooms, lowest layer first. Tidy tests hold each file's imports to this table.
let rooms: [(name: String, imports: [String])] = [
  ("Codec", ["CZlib"]),
  ("Pattern", []),
  ("Redaction", ["Pattern"]),
  ("LinuxIO", ["CLinux"]),
  ("HTTP", ["Codec"]),
  ("Telemetry", ["Codec"]),
  ("Money", ["Telemetry", "Codec", "Pattern"]),
  ("Windows", ["Codec", "Telemetry", "Money"]),
  ("Intake", ["Codec", "Pattern", "Redaction", "Telemetry", "Money"]),
  ("History", ["CSQLite", "CZlib", "Codec", "Telemetry", "Money", "Windows", "LinuxIO"]),
  ("PromQL", ["Codec", "Pattern"]),
  ("Alerts", ["Codec", "Pattern", "Telemetry", "Money", "PromQL", "Windows"]),
  ("Quality", ["Codec", "Pattern", "Redaction", "Telemetry", "Money"]),
  ("Exposition", ["Codec", "Telemetry", "Windows", "PromQL", "Alerts"]),
  (
    "Timeline",
    ["Codec", "Pattern", "Telemetry", "Money", "PromQL", "Windows", "History", "LinuxIO"]
  ),
  ("Terminal", ["Codec", "Telemetry"]),
  ("Outbound", ["CCurl", "LinuxIO", "HTTP", "Codec"]),
  ("Judging", ["Quality", "Outbound", "LinuxIO", "HTTP", "Codec", "Money", "Telemetry"]),
  ("Serving", ["LinuxIO", "HTTP", "Codec", "Telemetry", "Windows", "Intake"]),
  (
    "API",
    [
      "HTTP", "Codec", "Telemetry", "Money", "Windows", "Intake", "History", "Exposition",
      "LinuxIO", "Serving", "PromQL", "Timeline", "Alerts",
    ]
  ),
  (
    "Collector",
    [
      "LinuxIO", "HTTP", "Codec", "Pattern", "Redaction", "Telemetry", "Money", "Windows", "Intake",
      "History", "Exposition", "Serving", "API", "PromQL", "Timeline", "Alerts", "Outbound",
      "Quality", "Judging",
    ]
  ),
]

let commandImports = [
  "Collector", "Outbound", "LinuxIO", "HTTP", "Codec", "Telemetry", "History", "Money", "PromQL",
  "Alerts", "Terminal", "Quality", "Judging",
]

let suites: [(name: String, of: [String])] = [
  ("CodecTests", ["Codec"]),
  ("PatternTests", ["Pattern"]),
  ("RedactionTests", ["Redaction", "Pattern"]),
  ("LinuxIOTests", ["LinuxIO"]),
  ("HTTPTests", ["HTTP", "Codec"]),
  ("PromQLTests", ["PromQL", "Codec", "Pattern"]),
  ("AlertsTests", ["Alerts", "PromQL", "Codec"]),
  ("QualityTests", ["Quality", "Codec", "Pattern", "Telemetry", "Money"]),
  ("TelemetryTests", ["Telemetry", "Codec"]),
  ("MoneyTests", ["Money", "Intake", "Codec", "Pattern", "Telemetry"]),
  ("WindowsTests", ["Windows", "Codec", "Telemetry", "Money", "LinuxIO"]),
  ("IntakeTests", ["Intake", "Codec", "Pattern", "Redaction", "Telemetry", "Money"]),
  ("HistoryTests", ["History", "Codec", "Telemetry", "Money", "Windows", "LinuxIO", "CSQLite"]),
  (
    "TimelineTests",
    [
      "Timeline", "PromQL", "History", "Windows", "Telemetry", "Money", "Codec", "LinuxIO",
      "Exposition",
    ]
  ),
  ("TerminalTests", ["Terminal", "Codec"]),
  ("ServingTests", ["Serving", "LinuxIO", "HTTP", "Codec", "Telemetry", "Windows", "Intake"]),
  (
    "CollectorTests",
    [
      "Collector", "Codec", "Telemetry", "Windows", "Exposition", "API", "Alerts", "Outbound",
      "PromQL", "LinuxIO", "Quality",
    ]
  ),
  ("APITests", ["API", "Exposition", "PromQL", "Timeline", "Serving", "History", "Codec"]),
  ("OutboundTests", ["Outbound", "LinuxIO", "HTTP", "Codec"]),
  ("JudgingTests", ["Judging", "Quality", "Outbound", "LinuxIO", "HTTP", "Codec", "Money"]),
  ("EndToEndTests", ["LinuxIO", "Codec", "HTTP", "Outbound", "Terminal", "API", "Quality"]),
  ("TidyTests", []),
]

// libFuzzer brings its own `main`, so this target links only under `--sanitize fuzzer`: it exists
// when scripts/fuzz asks for it.
let fuzzing: [Target] =
  Context.environment["BAROGRAPH_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Codec", "Pattern", "Redaction", "HTTP", "Telemetry", "Money", "Intake", "PromQL", "Alerts",
        "Quality",
      ],
      swiftSettings: strict)
  ]

let package = Package(
  name: "barograph",
  products: [.executable(name: "barograph", targets: ["barograph"])],
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CCurl"),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .executableTarget(
      name: "barograph", dependencies: commandImports.map { .init(stringLiteral: $0) },
      exclude: ["Documentation.docc"], swiftSettings: strict),
    .executableTarget(
      name: "barograph-bench",
      dependencies: [
        "Codec", "Telemetry", "Money", "Intake", "History", "LinuxIO", "HTTP", "Outbound",
        "Pattern", "Redaction", "Windows", "Exposition", "PromQL", "Timeline", "Alerts", "Quality",
      ],
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["Codec", "LinuxIO"], path: "Tests/TestSupport",
      swiftSettings: strict),
  ]
    + rooms.map { room in
      .target(
        name: room.name, dependencies: room.imports.map { .init(stringLiteral: $0) },
        swiftSettings: strict)
    }
    + suites.map { suite in
      .testTarget(
        name: suite.name,
        dependencies: (suite.of + ["TestSupport"]).map { .init(stringLiteral: $0) },
        swiftSettings: strict)
    }
    + fuzzing
)
