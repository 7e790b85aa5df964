"""The application as SAM builds it, in containers: `make test-sam`."""
