enum HTTPSeed {}
