"""What holds for all tests."""

from hypothesis import settings

# How long something takes is measured by the tests of costs, in ways that a busy machine cannot fail.
settings.register_profile("whatever-the-machine-does", deadline=None)
settings.load_profile("whatever-the-machine-does")
