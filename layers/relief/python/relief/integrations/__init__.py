"""Other people's contact centres: projections and clients towards them, and adapters that read their events."""
