"""`check-rules --history all` by the real command: a long history, twenty rules, bare of memory and with much of it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import made_up
from benchmarks.daemon import CONFIG, PEOPLE
from benchmarks.detectors import PLAN
from benchmarks.history import bare, fill
from benchmarks.measure import on_core, shown, tell

APART_SECONDS = 20
"""Between two answers: a million of them last for seven months."""
LOW_ONE_IN = 20
MATCH = "{{answer: {answer}, labels: LABEL{label}, score: {{below: 0.4}}}}"
MEMORY = {
    "says": "",
    "collects": "collect: {by: [dataset, annotator], wait: 10m, max_wait: 2h, at_least: 3}",
    "repeats": "key: [dataset]\n    repeat: {first: 1h, factor: 2, max: 1d}",
    "escalates": "escalate:\n      - {after: 1h, to: lea, title: Nobody looked,"
    " until: {on: answer.saved, when: 'event.dataset == trigger.dataset && event.answer == \"accept\"'}}",
    "resolves": "remind_every: 6h\n    resolve: {on: answer.saved, title: It is over,"
    " when: 'event.dataset == trigger.dataset && event.annotator == trigger.annotator && event.score > 0.5'}",
}
RULE = """
  - name: {kind}-{label}
    on: answer.saved
    datasets: [contracts-*]
    match: {match}
    to: lea
    title: "{{{{ annotator }}}} said {{{{ answer }}}} in {{{{ dataset }}}}"
    body: "Labels {{{{ labels }}}}, score {{{{ score }}}}. Please have a look."
    {memory}
"""


def run(quick: bool) -> None:
    """Measure and print. Of the rules with memory four collect, four repeat, four escalate and four resolve."""
    answers = 4_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as name, on_core(0):
        folder = Path(name)
        fill(folder / "prodigy.db", answers, to_an_input=2, content=_content)
        (folder / "people.yaml").write_text(PEOPLE)
        (folder / "plan.yaml").write_text(PLAN)
        bare(folder / "prodigy.db")
        lines = [["bare: reading the same rows", shown(bare(folder / "prodigy.db")), "", ""]]
        lines += [
            _line(folder, answers, f"20 rules {kind}, {plan}", rules(kind), planned=plan.startswith("every"))
            for kind in ("without memory", "with memory")
            for plan in ("no plan", "every detector on")
        ]
    head = ["", "s", "us CPU/answer", "MB peak"]
    tell(f"replay: check-rules on {answers:,} answers of history, one core (aim under 60 s)", head, lines)


def rules(kind: str) -> str:
    """A rule file, with or without memory."""
    written = [
        RULE.format(
            kind=name,
            label=number,
            match=MATCH.format(answer=made_up.ANSWERS[number % 3], label=number),
            memory=memory if kind == "with memory" else "",
        ).rstrip()
        for name, memory in MEMORY.items()
        for number in range(4)
    ]
    return "rules:" + "".join(written) + "\n"


def _content(number: int) -> bytes:
    task = made_up.task(number, matching=number // made_up.RULES % LOW_ONE_IN == 0)
    return json.dumps({**task, "_timestamp": made_up.FIRST_DECISION + number * APART_SECONDS}).encode()


def _line(folder: Path, answers: int, case: str, written: str, *, planned: bool) -> list[str]:
    config = CONFIG.format(poll="1s", url="http://127.0.0.1:9")
    (folder / "otpushd.yaml").write_text(config + ("plan: plan.yaml\n" if planned else ""))
    (folder / "rules.yaml").write_text(written)
    command = [sys.executable, "-m", "otpushd", "check-rules", "--history", "all"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--config", str(folder / "otpushd.yaml")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    if status:
        raise SystemExit(f"replay: check-rules ended with {status}:\n{said}")
    cpu = usage.ru_utime + usage.ru_stime
    return [case, f"{took:.0f}", shown(cpu / answers * 1e6), f"{usage.ru_maxrss / 1024:.0f}"]
