"""What a turn leaves behind: the session's next context, computed purely."""
