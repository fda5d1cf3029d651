"""The file system of a path is told from the system's own list of mounts."""

from pathlib import Path

import pytest

from otpushd.files.mount import filesystem, is_network, network_mount

MOUNTS = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /srv rw - nfs4 filer:/export rw
31 30 0:41 / /srv/my\040data rw - fuse.sshfs me@there:/ rw
32 22 0:42 / /home rw - nfs filer:/home rw
33 22 254:1 / /home rw - xfs /dev/vdb rw
a line of another kind
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/var/lib/otpushd", "ext4", id="the root"),
        pytest.param("/srv/prodigy.db", "nfs4", id="a mount"),
        pytest.param("/srv/my data/prodigy.db", "fuse.sshfs", id="a mount below, with a blank"),
        pytest.param("/srvother", "ext4", id="a name that only begins alike"),
        pytest.param("/home/ann", "xfs", id="the last of two at one place"),
    ],
)
def test_the_nearest_mount_above_a_path_counts(path: str, kind: str) -> None:
    assert filesystem(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "network"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("fuse.s3fs-fuse", True), ("ext4", False), ("fuse", False)],
)
def test_network_file_systems_are_known(kind: str, network: bool) -> None:
    assert is_network(kind) is network


def test_a_path_that_is_not_there_yet_is_on_the_mount_of_its_folder() -> None:
    """On the system's real list: /proc is no network."""
    assert network_mount(Path("/proc/self/not/there")) is None
