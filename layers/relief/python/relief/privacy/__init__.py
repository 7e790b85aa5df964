"""Privacy: redaction of free text and of whole turns, and keyed references to customers."""
