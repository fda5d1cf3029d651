"""Judges what was found out about a channel: how it is configured, and how far its gateway can be reached. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from otpushd.doctor.finding import Area, Finding, clocks, lasting
from otpushd.push.certificate import Certificate
from otpushd.push.channel_facts import ChannelFacts
from otpushd.push.reach import Reached
from otpushd.push.way import Stage

CLOCK = timedelta(seconds=30)
EXPIRES_SOON = timedelta(days=14)
CREDENTIALS = "/run/credentials/"
"""Where systemd hands secrets over, to the unit alone and only while it runs (systemd.exec(5))."""
EXPIRED, EARLY, SELF_SIGNED, NAME, ADDRESS = 10, 9, (18, 19), 62, 64
"""Verify codes of OpenSSL's x509_vfy.h."""


def judge_channel(name: str, facts: ChannelFacts) -> Iterator[Finding]:
    """Findings about how the channel called `name` is configured."""
    area = Area(f"channel {name}")
    yield _secrets(area, facts)
    if facts.allow_insecure:
        yield _insecure(area, facts)
    if facts.unverified and not facts.target.loopback:
        yield _unverified(area, facts)


def judge_reach(name: str, reached: Reached, now: datetime) -> Iterator[Finding]:
    """Findings about the way to the gateway of the channel called `name`."""
    area = Area(f"channel {name}")
    where = f"{reached.host} through the proxy {reached.proxy}" if reached.proxy else reached.host
    match reached.stage:
        case Stage.ANSWER:
            took = f" in {lasting(reached.took)}" if reached.took else ""
            yield area.ok(f"{where} answers{took}; nothing was sent")
        case Stage.TLS if reached.code:
            yield _mistrusted(area, reached, now)
        case _:
            yield _stopped(area, reached, where)
    if reached.certificate is not None and not reached.code:
        yield _lasts(area, reached.certificate, now)
    if reached.ahead is not None:
        yield clocks(area, f"{reached.host}'s", reached.ahead, CLOCK)


def _secrets(area: Area, facts: ChannelFacts) -> Finding:
    if facts.unreadable is not None and any(str(one).startswith(CREDENTIALS) for one in facts.secret_files):
        return area.note(
            "the secret is handed over by systemd, to the running unit only: it cannot be looked at here",
            "nothing, if the unit has LoadCredential= for it",
        )
    if facts.unreadable is not None:
        return area.problem(facts.unreadable, "correct the place, or give otpushd's user the right to read it")
    return area.note(
        "user and password can be read; whether they are right shows only when a message is sent (HTTP Basic)",
        "look for `accepted` or `channel_held` in the log after the first message",
    )


def _insecure(area: Area, facts: ChannelFacts) -> Finding:
    if facts.target.secure:
        what = "`allow_insecure` is set, and not needed: the base URL is https"
        return area.note(what, "take the line out, so that nobody goes back to http unseen")
    return area.warning(
        f"plain http to {facts.target.host}: everybody on the way can read password and messages (`allow_insecure`)",
        "use https in `base_url`, and take `allow_insecure` out",
    )


def _unverified(area: Area, facts: ChannelFacts) -> Finding:
    what = f"{facts.document.name} is the unverified example: its layout is a guess, OpenText may drop every message"
    mend = "write the layout from OpenText's onboarding papers into a copy, and name it as the channel's `document`"
    if not facts.target.opentext:
        return area.note(what, mend)
    return area.warning(what, mend) if facts.allow_unverified else area.problem(what, mend)


def _stopped(area: Area, reached: Reached, where: str) -> Finding:
    match reached.stage:
        case Stage.SURROUNDINGS:
            return area.problem(reached.why, "correct that environment variable")
        case Stage.NAME:
            mend = "check `base_url` and this machine's name server (getent hosts NAME)"
            return area.problem(f"the name {reached.why} is not known here", mend)
        case Stage.CONNECTION:
            mend = "check `base_url` and its port; ask whoever runs the firewall to let this machine out to it"
            return area.problem(f"no connection to {reached.proxy or reached.host}: {reached.why}", mend)
        case Stage.PROXY:
            mend = "check HTTPS_PROXY and who may use that proxy, or name the host in NO_PROXY"
            return area.problem(f"the proxy {reached.proxy} does not let us through: {reached.why}", mend)
        case Stage.TLS:
            mend = "check `base_url` and its port; a firewall that filters by name cuts handshakes off too"
            return area.problem(f"no TLS with {where}: {reached.why}", mend)
        case _:
            mend = "check `base_url`; ask whoever runs that host what it speaks"
            return area.warning(f"{where} took the connection, then: {reached.why}", mend)


def _mistrusted(area: Area, reached: Reached, now: datetime) -> Finding:
    """A certificate that was refused, by OpenSSL's reason for it."""
    seen = reached.certificate
    issuer = f"`{seen.issuer}`" if seen and seen.issuer else "somebody unnamed"
    if reached.code == EXPIRED:
        when = f" since {seen.expires:%Y-%m-%d}" if seen and seen.expires < now else ""
        return area.problem(
            f"the certificate of {reached.host} has expired{when}",
            "ask whoever runs that host to renew it; if that date is not past, set this machine's clock",
        )
    if reached.code == EARLY:
        when = f" before {seen.begins:%Y-%m-%d}" if seen else " yet"
        mend = "set this machine's clock (timedatectl set-ntp true)"
        return area.problem(f"the certificate of {reached.host} is not valid{when}", mend)
    if reached.code in (NAME, ADDRESS):
        names = f" but for {', '.join(seen.names[:3])}" if seen and seen.names else ""
        return area.problem(
            f"the certificate shown is not for {reached.host}{names}",
            "put the right host into `base_url`; if it is right, something on the way answers in its place",
        )
    trust = "put its CA certificate into a file, with those that this machine trusts, and name that in SSL_CERT_FILE"
    if reached.code in SELF_SIGNED:
        return area.problem(
            f"the certificate of {reached.host} is vouched for by nobody but {issuer} (self-signed)",
            f"if that is a proxy of your organisation, or a gateway of your own: {trust}",
        )
    return area.problem(
        f"the certificate of {reached.host} is issued by {issuer}, whom this machine does not trust (OpenSSL's code "
        f"{reached.code})",
        f"if that is a proxy of your organisation that opens connections, {trust}; if it is a public authority, "
        "install the system's ca-certificates",
    )


def _lasts(area: Area, certificate: Certificate, now: datetime) -> Finding:
    left = certificate.expires - now
    until = f"its certificate is trusted, and good until {certificate.expires:%Y-%m-%d}"
    if left > EXPIRES_SOON:
        return area.ok(until)
    return area.warning(f"{until}, {lasting(left)} from now", "ask whoever runs that host when it is renewed")
