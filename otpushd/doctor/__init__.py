"""`otpushd doctor`: what would keep the daemon from working well, each with its mend. Sends and writes nothing.

The rooms find out, one module here judges for each, purely: facts in, findings out.
"""
