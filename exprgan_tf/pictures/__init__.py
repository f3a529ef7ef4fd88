"""Pictures and films: read, written, put on sheets."""
