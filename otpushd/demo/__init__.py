"""A made-up team on a temporary Prodigy database, to see the real daemon at work without an account."""
