"""Models that a server runs, used over the network as if they lay on disk."""
