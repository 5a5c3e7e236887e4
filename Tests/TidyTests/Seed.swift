enum TidyTestsSeed {}
