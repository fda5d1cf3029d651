"""Whose a file is, in names."""

import grp
import os
import pwd


def owner_of(status: os.stat_result) -> str:
    """`user:group`, with numbers where the system knows no name."""
    try:
        user = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        user = str(status.st_uid)
    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    return f"{user}:{group}"
