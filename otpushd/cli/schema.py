"""`otpushd schema`: the shape of the files that people write, as JSON Schema for their editors."""

from __future__ import annotations

import json
from typing import Any

import click

EPILOG = """\b
Examples:
  otpushd schema plan > plan.schema.json
  and in the first line of plan.yaml, for editors that speak to yaml-language-server:
  # yaml-language-server: $schema=plan.schema.json
"""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command(epilog=EPILOG)
@click.argument("kind", type=click.Choice(["config", "rules", "people", "plan"]))
def command(kind: str) -> None:
    """Print the JSON Schema of one KIND of file: config (otpushd.yaml), rules, people or plan.

    An editor that knows it completes keys and marks unknown ones. What hangs together, check-rules finds.
    """
    click.echo(json.dumps({"$schema": DIALECT, **_schema(kind)}, indent=2))


def _schema(kind: str) -> dict[str, Any]:
    from otpushd.check import CHANNEL_KINDS
    from otpushd.config.config_schema import configuration_schema
    from otpushd.config.people_schema import FixturePeople, people_schema
    from otpushd.config.plan import PlanSettings
    from otpushd.routing.rule_schema import rule_file_schema

    match kind:
        case "rules":
            return rule_file_schema(PlanSettings, FixturePeople)
        case "config":
            return configuration_schema(CHANNEL_KINDS.values())
        case "people":
            return people_schema()
        case _:
            return PlanSettings.model_json_schema()
