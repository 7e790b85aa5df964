"""Changes the code at random places and sees whether the tests notice: ``python -m tests.mutation``."""
