"""Channels: a message goes out, what happened on the wire comes back, and a pure table says what to do next."""
