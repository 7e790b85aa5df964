"""The HTTP API: accept a turn, run the workflow, answer; and read what the workflow left."""
