enum EndToEndTestsSeed {}
