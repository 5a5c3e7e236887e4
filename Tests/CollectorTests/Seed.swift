enum CollectorTestsSeed {}
