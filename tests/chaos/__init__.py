"""Real servers and processes, killed and stopped: what was accepted survives."""
