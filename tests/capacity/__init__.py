"""What so many turns a second take on AWS, what they cost, and what gives way first: ``python -m tests.capacity``."""
