enum IntakeSeed {}
