"""What a message says and how it goes: `title`, `body`, `link`, `channel`, `expires`, of a rule, a step or an end."""

import re
from collections.abc import Sequence
from datetime import timedelta

from otpushd.files.problem import Severity
from otpushd.files.suggest import did_you_mean
from otpushd.routing.fields import Fields
from otpushd.routing.flaw import Flaw
from otpushd.routing.rule import Wording
from otpushd.routing.rule_file import EscalationKeys, ResolveKeys, RuleKeys
from otpushd.routing.template import MessageTemplate, Part, compile_template
from otpushd.routing.written import Written

_SINGLE_BRACES = re.compile(r"(?<!\{)\{\s*([A-Za-z_]\w*)\s*\}(?!\})")


def read_wording(
    written: Written, keys: RuleKeys | EscalationKeys | ResolveKeys, fields: Fields | None, above: Wording
) -> Wording:
    """What is written, and where it is silent what stands `above`. Templates may read `fields`."""
    title, body, link = (_template(written, part, getattr(keys, part.value), fields) for part in _PARTS)
    return Wording(
        channels=_channels(written, keys.channel) or above.channels,
        priority=keys.priority or above.priority,
        title=title or above.title,
        body=body or above.body,
        link=link or above.link,
        expires=_expires(written, keys.expires) or above.expires,
    )


_PARTS = (Part.TITLE, Part.BODY, Part.LINK)


def _template(written: Written, part: Part, text: str | None, fields: Fields | None) -> MessageTemplate | None:
    if text is None or fields is None:
        return None
    template, flaws = compile_template(text, part, fields, written.around.expose)
    written.add_flaws(part.value, flaws)
    for found in _SINGLE_BRACES.finditer(text):
        if found[1] in fields:
            flaw = f"`{found[0]}` is sent as it stands; for the field's value write two braces: {{{{ {found[1]} }}}}"
            written.add_flaws(part.value, [Flaw(found.start(), flaw, Severity.WARNING)])
    if part is Part.TITLE and not text.strip():
        written.add(("title",), "`title` is empty")
    return template


def _channels(written: Written, names: Sequence[str] | None) -> tuple[str, ...]:
    around = written.around
    known: Sequence[str] | None = around.channels
    severity = Severity.ERROR
    if names == ():
        written.add(("channel",), "`channel` names none; leave it out for any")
    if known is None and around.fixtures is not None:
        known, severity = around.fixtures.channels, Severity.WARNING
    for index, name in enumerate(names or ()):
        if known is not None and name not in known:
            where = "channel of the configuration" if around.channels is not None else "person of the fixtures has"
            text = f"no {where} {name!r}{did_you_mean(name, known) or _listed(known)}"
            written.add(written.step("channel", index), text, severity=severity)
    return tuple(dict.fromkeys(names or ()))


def _listed(names: Sequence[str]) -> str:
    return f"; there is {', '.join(names)}" if names else ""


def _expires(written: Written, expires: timedelta | None) -> timedelta | None:
    if expires is not None and expires <= timedelta():
        written.add(("expires",), "`expires` must be more than nothing, else no message is ever sent")
    return expires
