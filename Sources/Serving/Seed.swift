enum ServingSeed {}
