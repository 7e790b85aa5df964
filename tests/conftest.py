"""What holds for all tests."""

import os

from hypothesis import settings

# How long something takes is measured by the tests of costs, in ways that a busy machine cannot fail.
settings.register_profile("whatever-the-machine-does", deadline=None)
settings.register_profile("few", deadline=None, max_examples=25)
settings.register_profile("nightly", deadline=None, max_examples=10_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "whatever-the-machine-does"))
