"""The page in a real browser: phones, live, safe, and undisturbed by odd documents, crowds and interruptions.

Every test leaves its screenshot in its temporary folder.
"""

from typing import Any

import pytest

LIVE = "document.querySelector('#live.on')"


def cards(count: int) -> str:
    return f"document.querySelectorAll('.card').length === {count}"


def document(**changed: Any) -> dict[str, Any]:
    """A document as an operator might have agreed it with OpenText."""
    notification = {"title": "12 samples", "body": "First come.", "link": "https://prodigy.acme.example/a"}
    recipient = {"address": "ann@acme.example", "name": "Ann Meyer"}
    whole = {"application": "Review", "recipient": recipient, "notification": notification, "priority": "high"}
    return whole | {"event": {"data": {"title": "not this", "to": "nobody"}}} | changed


def test_an_empty_page_says_what_to_do(sandbox: Any, browser: Any) -> None:
    """With the address to point otpushd at, and without a complaint in the console."""
    browser.open(sandbox.url)
    browser.wait(LIVE)
    assert browser.texts("#empty h2") == ["No message has arrived yet"]
    assert f"base_url: {sandbox.url}" in browser.texts("#snippet")[0]
    assert browser.complaints() == []
    assert browser.screenshot("empty.png").stat().st_size > 10_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1500), ("dark", 1500), ("light", 400), ("dark", 400)])
def test_a_message_appears_on_its_phone_without_a_reload(sandbox: Any, browser: Any, scheme: str, width: int) -> None:
    """Title, body, link, urgency, whose phone; nothing is asked of anybody but the sandbox."""
    browser.open(sandbox.url, width=width, scheme=scheme)
    browser.wait(LIVE)
    browser.evaluate("window.sameLoad = true")
    sandbox.push(document())
    browser.wait(cards(1))
    assert browser.evaluate("window.sameLoad") is True
    assert browser.texts(".who h2, .who .address, .who .count") == ["Ann Meyer", "ann@acme.example", "1"]
    assert browser.texts(".card h3, .card .body, .card .app, .tag") == ["Review", "12 samples", "First come.", "High"]
    assert browser.evaluate("document.querySelector('.card a').href") == "https://prodigy.acme.example/a"
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
    assert (browser.complaints(), browser.hosts()) == ([], {sandbox.url.removeprefix("http://")})
    browser.screenshot(f"message-{scheme}-{width}.png")


def test_history_is_shown_once_also_after_an_interruption(start: Any, browser: Any) -> None:
    """The page reconnects by itself and doubles nothing."""
    sandbox = start()
    sandbox.push(document(), "1.json")
    browser.open(sandbox.url)
    browser.wait(cards(1))
    browser.call(
        "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )
    browser.evaluate("(listen(), listen())")  # two more connections, each with all of history
    browser.call(
        "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )
    sandbox.push(document(), "2.json")
    browser.wait("document.querySelectorAll('.card').length >= 2")
    browser.wait(LIVE)
    assert browser.texts("#n-accepted, .who .count") == ["2", "2"]
    browser.screenshot("reconnected.png")


def test_a_sandbox_that_was_started_anew_is_shown_anew(start: Any, browser: Any) -> None:
    """Its numbers begin at one again, which must not look like messages that are known already."""
    first = start()
    for name in ("1.json", "2.json"):
        first.push(document(), name)
    browser.open(first.url)
    browser.wait(cards(2))
    first.stop()
    browser.wait("document.getElementById('live').textContent === 'Reconnecting'")
    second = start(port=int(first.url.rpartition(":")[2]))
    second.push(document(priority="low"), "3.json")
    browser.wait(f"{cards(1)} && document.querySelector('.card.low') && {LIVE}")
    assert browser.texts("#n-accepted, .who .count") == ["1", "1"]


def test_what_came_twice_is_marked_and_what_was_refused_stands_aside(start: Any, browser: Any) -> None:
    """A repeat is on the phone, as it would be; a refusal is only in the list of requests."""
    sandbox = start()
    browser.open(sandbox.url)
    browser.wait(LIVE)
    sandbox.http.post("/_sandbox/faults", json={"faults": ["503:1"]})
    for how in ({}, {}, {}, {"auth": None}):
        sandbox.push(document(), **how)
    browser.wait("document.querySelectorAll('#log li').length === 4")
    assert browser.texts(".tag.repeat") == ["Repeat, second time"]
    assert browser.texts("#log .status") == ["401", "200", "200", "503"]
    assert browser.texts("dd") == ["2", "1", "1", "1"]
    browser.evaluate("document.getElementById('only').click()")
    assert browser.texts("#log li:not(.accepted) .status") == ["401", "503"]
    browser.screenshot("aside.png")


def test_markup_in_a_message_is_text_and_a_script_is_no_link(sandbox: Any, browser: Any) -> None:
    """Whoever writes a title does not write the page."""
    hostile = "<img src=x onerror='window.hurt=1'><script>window.hurt=1</script>"
    sandbox.push(
        {"to": hostile, "title": hostile, "body": f"{hostile}!", "link": "javascript:window.hurt=1", "app": hostile}
    )
    browser.open(sandbox.url)
    browser.wait(cards(1))
    assert browser.texts(".card h3, .card .body, .who h2") == [hostile, hostile, f"{hostile}!"]
    assert browser.evaluate("[window.hurt, document.querySelectorAll('.card a, .card img, .card script').length]") == [
        None,
        0,
    ]
    assert browser.complaints() == []
    browser.screenshot("hostile.png")


@pytest.mark.parametrize(
    ("odd", "phones", "shown"),
    [
        pytest.param({"x": [{"y": "z"}]}, ["Somebody"], '"y": "z"', id="nothing known"),
        pytest.param({}, ["Somebody"], "{}", id="empty"),
        pytest.param({"message": {"topic": "qa", "notification": {"title": "T"}}}, ["qa"], "T", id="nested"),
        pytest.param({"to": ["ann", {"id": "bob"}, "ann"], "Text": "T"}, ["ann", "bob"], "T", id="several people"),
        pytest.param({"to": "ann; bob", "alert": {"title": "T"}}, ["ann", "bob"], "T", id="people in one string"),
        pytest.param(
            {"title": 7, "user_id": "ann", "body": None, "deep": [[[{"body": "T"}]]]}, ["ann"], "T", id="types"
        ),
        pytest.param(
            {"__proto__": {"title": "T"}, "constructor": "c", "to": "toString"}, ["toString"], "T", id="names"
        ),
    ],
)
def test_a_document_of_any_layout_is_shown(
    sandbox: Any, browser: Any, odd: dict[str, Any], phones: list[str], shown: str
) -> None:
    """Its layout is the operator's; what is not recognised is shown as it is."""
    sandbox.push(odd)
    browser.open(sandbox.url)
    browser.wait(cards(len(phones)))
    assert browser.texts(".who h2") == phones
    assert shown in browser.texts(".card")[0]
    assert browser.complaints() == []


def test_a_thousand_messages_are_counted_and_the_newest_shown(sandbox: Any, browser: Any) -> None:
    """The page stays small however much came."""
    for number in range(1000):
        sandbox.push({"to": f"person-{number % 4}", "title": f"Message {number}"}, f"{number}.json")
    browser.open(sandbox.url)
    browser.wait("document.getElementById('n-accepted').textContent === '1000'")
    assert browser.texts(".who .count") == ["250"] * 4
    assert browser.texts(".card h3")[0] == "Message 996"
    assert browser.texts(".earlier") == ["and 210 earlier"] * 4
    assert browser.evaluate("document.querySelectorAll('*').length") < 4000
    browser.screenshot("thousand.png")


def test_faults_and_clearing_work_from_the_page(sandbox: Any, browser: Any) -> None:
    """One press, and the next request suffers; another, and the phones are gone."""
    sandbox.push(document())
    browser.open(sandbox.url)
    browser.wait(cards(1))
    browser.evaluate("document.querySelector('[data-fault=\"503:3\"]').click()")
    browser.wait("document.getElementById('coming').textContent === 'Still to go wrong: 503:3'")
    assert sandbox.push(document()).status_code == 503
    browser.evaluate("document.getElementById('mend').click()")
    browser.wait("document.getElementById('coming').hidden")
    browser.evaluate("document.getElementById('clear').click()")
    browser.wait(f"{cards(0)} && !document.getElementById('empty').hidden")
    assert browser.texts("dd") == ["0", "0", "0", "0"]
