"""A local stand-in for the OpenText operations that otpushd uses, with a page that shows the phones. Never a client."""
