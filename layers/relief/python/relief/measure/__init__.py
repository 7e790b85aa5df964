"""Measure what customers went through, and whether decisions were the right ones."""
