"""A game day on the local stack: an outage under load, with everything going wrong that may."""
