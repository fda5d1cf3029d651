"""Which file system a path is on, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). Linux only."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "lustre", "beegfs"})
"""Types of file systems on another machine, or on the host of a virtual one: their locks and -shm files do not hold."""
NETWORK_FUSE = ("sshfs", "glusterfs", "ceph", "s3fs", "rclone", "gcsfuse", "davfs", "grpcfuse", "osxfs")
"""The same behind FUSE, whose types are written `fuse.NAME`."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_mount(path: Path) -> str | None:
    """The type of the network file system that a path, or the nearest folder above that exists, is on; else None.

    None too where the system does not tell.
    """
    try:
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return None
    found = filesystem(path.resolve(), mounts)
    return found if found is not None and is_network(found) else None


def filesystem(path: Path, mounts: str) -> str | None:
    """The file system's type of an absolute path without symbolic links. Of mounts at one place the last counts."""
    best, found = -1, None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        if len(fields) < 5 or not kind:
            continue
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        if len(point.parts) >= best and path.is_relative_to(point):
            best, found = len(point.parts), kind
    return found


def is_network(kind: str) -> bool:
    """Whether a type of file system is one of a network."""
    return kind in NETWORK or (kind.startswith("fuse.") and kind.removeprefix("fuse.").startswith(NETWORK_FUSE))
