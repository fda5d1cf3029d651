"""The printed contract and the program say the same: operations, answers, records."""

from itertools import product
from typing import Any

import jsonschema_rs
import pytest
import yaml

from otpushd.sandbox.app import build
from otpushd.sandbox.faults import parse_fault
from otpushd.sandbox.openapi import openapi_text

CONTRACT = yaml.safe_load(openapi_text())
TOO_LARGE = {"domain": "MR", "filename": "a.json", "data": "ICAg" * 90_000}
METHODS = ("get", "post", "put", "delete", "patch")


def resolved(node: Any) -> Any:
    """The node with every reference inside the document replaced by what it names."""
    if isinstance(node, dict) and "$ref" in node:
        target: Any = CONTRACT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(target)
    if isinstance(node, dict):
        return {name: resolved(value) for name, value in node.items()}
    return [resolved(item) for item in node] if isinstance(node, list) else node


def operation(method: str, path: str) -> Any:
    return resolved(CONTRACT["paths"][path][method])


def conforms(answer: Any, method: str, path: str) -> bool:
    """Whether an answer is one of the operation's, by status, media type, headers and schema."""
    responses = operation(method, path)["responses"]
    response = responses.get(str(answer.status_code), responses.get("default"))
    content = response.get("content", {})
    if not content:
        return answer.content == b""
    media = content[answer.headers["content-type"].partition(";")[0]]
    body = answer.json() if "json" in answer.headers["content-type"] else answer.text
    return bool(jsonschema_rs.is_valid(media["schema"], body))


def test_exactly_the_operations_of_the_document_are_served() -> None:
    """No route without a description, no description without a route."""
    served = {(route.method.lower(), route.resource.canonical) for route in build().router.routes() if route.resource}
    described = {(method, path) for path, item in CONTRACT["paths"].items() for method in METHODS if method in item}
    assert served == described


def test_every_operation_has_its_evidence_and_a_name_of_its_own() -> None:
    """SEEN, INFERRED or MIXED with a source; what is the sandbox's own says so."""
    operations = [item[method] for item in CONTRACT["paths"].values() for method in METHODS if method in item]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for one in operations:
        evidence = one["x-evidence"]
        assert evidence["status"] in {"SEEN", "INFERRED", "MIXED", "SANDBOX"}
        assert bool(evidence.get("source")) == (evidence["status"] != "SANDBOX")


def test_every_reference_leads_somewhere() -> None:
    """And the version is the one that was promised."""
    assert resolved(CONTRACT)["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        *product([None], [{}, {"auth": None}, {"json": {}}, {"json": TOO_LARGE}]),
        *product(["503:1", "429:1:30", "403:1", "500:1", "504:1", "html:1"], [{}]),
    ],
)  # fmt: skip
def test_answers_to_push_conform(start: Any, fault: str | None, how: dict[str, Any]) -> None:
    """Every status that the sandbox can give."""
    sandbox = start(faults=(parse_fault(fault),) if fault else (), job_id=True)
    assert conforms(sandbox.push(**how), "post", "/mra/v1/utils/parser")


@pytest.mark.parametrize("how", [{}, {"auth": None}, {"data": {}}])
def test_answers_of_the_token_endpoint_conform(sandbox: Any, how: dict[str, Any]) -> None:
    """Issued, refused, malformed."""
    assert conforms(sandbox.token(**how), "post", "/tenants/{tenant_id}/oauth2/token")


def test_answers_of_the_sandboxs_own_operations_conform(sandbox: Any) -> None:
    """With a record of every kind in the list."""
    for how in ({}, {"auth": None}, {"json": []}):
        sandbox.push(**how)
    sandbox.token()
    plain = ["/", "/_sandbox/openapi.yaml", "/_sandbox/received", "/_sandbox/faults"]
    assert [path for path in plain if not conforms(sandbox.http.get(path), "get", path)] == []
    assert conforms(sandbox.http.delete("/_sandbox/received"), "delete", "/_sandbox/received")
    assert conforms(sandbox.http.post("/_sandbox/faults", json={}), "post", "/_sandbox/faults")


def test_a_submission_of_the_contract_is_a_submission_of_the_program(sandbox: Any) -> None:
    """The example in the document is taken."""
    request = operation("post", "/mra/v1/utils/parser")["requestBody"]["content"]["application/json"]
    example = request["examples"]["envelope"]["value"]
    assert jsonschema_rs.is_valid(request["schema"], example)
    assert sandbox.push(json=example).status_code == 200
