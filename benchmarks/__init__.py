"""How fast otpushd is: `python -m benchmarks [NAME…] [--quick]`. Figures and ratios of one run, not tests.

Nothing leaves the machine, everything is written to temporary folders, and the data is the same in every run.
"""
