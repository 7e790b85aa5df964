"""What nobody would write, sent to the API, to redaction and to the policy loader: ``python -m tests.fuzz``."""
