"""The foreign database, read-only: finding its tables, reading short pages, decoding a task, telling who did it."""
