enum LinuxIOTestsSeed {}
