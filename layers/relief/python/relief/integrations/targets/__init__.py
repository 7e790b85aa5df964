"""One module a kind of desk: its projection, and the calls that deliver it."""
