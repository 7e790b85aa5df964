"""Trials: whole conversations run through Relief and through a baseline, scored in one run."""
