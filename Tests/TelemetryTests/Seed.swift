enum TelemetryTestsSeed {}
