enum HistoryTestsSeed {}
