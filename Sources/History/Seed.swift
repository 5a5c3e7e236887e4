enum HistorySeed {}
