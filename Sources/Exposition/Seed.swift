enum ExpositionSeed {}
