"""`otpushd status`: how the daemon is, seen from beside it. `look` reads, `judge` and `report` are pure."""
