"""When it is said: collected, not again, not now, to the next person, and that it is over. Pure decisions."""
