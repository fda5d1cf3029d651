"""The JSON Schema of otpushd.yaml, for editors. Made of the models that read it."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from otpushd.config.rates import ChannelKeys
from otpushd.config.settings import Settings


def configuration_schema(channel_kinds: Collection[type[BaseModel]]) -> dict[str, Any]:
    """A schema of JSON Schema's draft 2020-12, in which each channel is of one of these kinds."""
    models: list[type[BaseModel]] = [Settings, *channel_kinds]
    common = ChannelKeys.model_json_schema()["properties"]
    at, shape = models_json_schema([(model, "validation") for model in models])
    whole = shape["$defs"].pop("Settings")
    for one in channel_kinds:
        shape["$defs"][at[one, "validation"]["$ref"].rpartition("/")[2]]["properties"].update(common)
    whole["properties"]["channels"]["additionalProperties"] = {
        "anyOf": [at[one, "validation"] for one in channel_kinds]
    }
    return {**whole, "$defs": shape["$defs"]}
