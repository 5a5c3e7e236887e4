enum ServingTestsSeed {}
