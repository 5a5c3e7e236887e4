enum CodecTestsSeed {}
