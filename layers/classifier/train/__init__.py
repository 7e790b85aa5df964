"""Training of the classifier: never part of a Lambda. ``make train DATA=folder`` runs all of it."""
