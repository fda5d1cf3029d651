"""`python -m otpushd` is the `otpushd` command."""

from otpushd.cli import main

if __name__ == "__main__":
    main(prog_name="otpushd")
