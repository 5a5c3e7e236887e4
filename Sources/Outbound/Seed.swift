enum OutboundSeed {}
