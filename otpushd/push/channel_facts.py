"""What is to be known about a configured channel, as values to be judged elsewhere. Holds no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from otpushd.files.secret import Secret
from otpushd.push.document_load import EXAMPLE, read_document
from otpushd.push.opentext_push import OpentextPushSettings, secret_problem
from otpushd.push.target import Target, target


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """`document` is the template's file, the shipped one where none is named, `unverified` if it is the example.

    `secret_files` are those its secrets stand in, `plain` the keys whose secret stands in the configuration itself,
    `unreadable` why the secrets cannot be read.
    """

    target: Target
    document: Path
    unverified: bool
    allow_unverified: bool
    allow_insecure: bool
    secret_files: tuple[Path, ...]
    plain: tuple[str, ...]
    unreadable: str | None


def channel_facts(settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str]) -> ChannelFacts:
    """The facts about a channel of kind opentext-push; `folder` is the configuration's. Asks nobody."""
    account = settings.auth.basic
    document = folder / settings.document if settings.document else EXAMPLE
    _, unverified, _ = read_document(document, None)
    # A user's name in the configuration is usual; it opens nothing.
    return ChannelFacts(
        target=target(settings.base_url),
        document=document,
        unverified=unverified,
        allow_unverified=settings.allow_unverified_document,
        allow_insecure=settings.allow_insecure,
        secret_files=tuple(folder / one.file for one in (account.user, account.password) if one.file is not None),
        plain=("auth.basic.password",) if _is_plain(account.password) else (),
        unreadable=secret_problem(settings, folder, environ),
    )


def _is_plain(secret: Secret) -> bool:
    return secret.text is not None
