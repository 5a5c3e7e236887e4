enum CodecSeed {}
