enum IntakeTestsSeed {}
