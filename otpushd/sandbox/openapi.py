"""The OpenAPI document of what the sandbox serves, as it lies in the package. It parses nothing and needs no server."""

from importlib.resources import files


def openapi_text() -> str:
    """OpenAPI 3.1 as YAML, with the evidence marks of the contract that it was taken from."""
    return files("otpushd.sandbox").joinpath("openapi.yaml").read_text("utf-8")
