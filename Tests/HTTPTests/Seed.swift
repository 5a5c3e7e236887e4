enum HTTPTestsSeed {}
