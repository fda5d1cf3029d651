"""Facts to events, one file a family. Pure: rows, memory and `now` in, events and new memory out."""
