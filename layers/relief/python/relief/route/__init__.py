"""The right person: queue, skills, priority, and what may honestly be promised."""
