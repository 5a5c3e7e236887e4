enum CollectorSeed {}
