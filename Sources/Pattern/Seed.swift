enum PatternSeed {}
