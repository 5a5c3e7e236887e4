enum MoneySeed {}
