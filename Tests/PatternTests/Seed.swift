enum PatternTestsSeed {}
