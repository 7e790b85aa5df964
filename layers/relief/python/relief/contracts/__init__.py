"""Every shape of the system, defined once. Import shapes from here or from the modules below."""
