"""The guardrail of `examples/litellm/`, against the real package.

It is no requirement of the tests: with all that it brings it takes 400 MB and a minute and a half to install. Who has
it (``pip install litellm``) runs these tests.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no network in a test
pytest.importorskip("litellm", reason="litellm is not installed (400 MB): pip install litellm")

from litellm.exceptions import ContentPolicyViolationError, GuardrailRaisedException
from litellm.types.utils import ModelResponse

ROOT = Path(__file__).resolve().parents[2]
POLICY = """rule warning
  after 2 refusals on harassment, warn the user "Please keep this respectful."
rule ending
  after 3 refusals on harassment, end the chat,
  except when self-harm has been detected from the user or could not be checked
"""


def _example() -> Any:
    path = ROOT / "examples" / "litellm" / "policy_guardrail.py"
    spec = importlib.util.spec_from_file_location("policy_guardrail", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLE = _example()


class Down:
    async def read(self, chat: str) -> str | None:
        raise ConnectionError(chat)

    async def write(self, chat: str, saved: str) -> None:
        raise ConnectionError(chat)


async def classify(text: str) -> Mapping[str, float]:
    if text == "broken":
        raise TimeoutError
    return {name: 0.9 for name in ("harassment", "self-harm") if name in text}


def request(text: str, session: str = "one") -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "metadata": {"session_id": session}}


def answer(reason: str) -> ModelResponse:
    message = {"role": "assistant", "content": "no"}
    return ModelResponse(choices=[{"index": 0, "finish_reason": reason, "message": message}])


@pytest.fixture
def guardrail(tmp_path: Path) -> Any:
    return made(tmp_path)


def made(folder: Path, **settings: Any) -> Any:
    path = folder / "chat.policy"
    path.write_text(POLICY, encoding="utf-8")
    looked_for = ("harassment", "self-harm", "refusal")
    return EXAMPLE.PolicyGuardrail(
        str(path), classify=classify, looked_for=looked_for, guardrail_name="policy", **settings
    )


def turn(guardrail: Any, text: str, reason: str = "content_filter", session: str = "one") -> dict[str, Any]:
    """One request through both hooks, as the proxy calls them."""

    async def both() -> dict[str, Any]:
        data: dict[str, Any] = await guardrail.async_pre_call_hook(
            None, None, request(text, session), "completion"
        )
        await guardrail.async_post_call_success_hook(data, None, answer(reason))
        return data

    return asyncio.run(both())


def test_a_warning_then_an_ending_of_this_chat_alone(guardrail: Any) -> None:
    turn(guardrail, "harassment")
    warned = turn(guardrail, "harassment")
    assert warned["metadata"]["policy_decision"] == [
        {"action": "warn", "text": "Please keep this respectful."}
    ]
    turn(guardrail, "harassment")
    with pytest.raises(GuardrailRaisedException, match="This chat has been ended"):
        turn(guardrail, "hello")
    turn(guardrail, "hello", session="two")


def test_answers_that_are_no_refusals_are_not_counted(guardrail: Any) -> None:
    for _ in range(5):
        turn(guardrail, "harassment", "stop")


def test_what_a_crisis_keeps_open(guardrail: Any) -> None:
    turn(guardrail, "self-harm")
    for _ in range(5):
        turn(guardrail, "harassment")


def test_a_classifier_that_is_down_ends_nobody(guardrail: Any) -> None:
    for text in ("harassment", "harassment", "broken", "harassment", "harassment"):
        turn(guardrail, text)


def test_a_provider_that_refuses_by_an_error_has_refused(guardrail: Any) -> None:
    async def failing(fault: Exception) -> None:
        data = await guardrail.async_pre_call_hook(None, None, request("harassment"), "completion")
        await guardrail.async_post_call_failure_hook(data, fault, None)

    for _ in range(4):
        asyncio.run(failing(TimeoutError()))
    for _ in range(3):
        asyncio.run(failing(ContentPolicyViolationError("no", "model", "provider")))
    with pytest.raises(GuardrailRaisedException):
        turn(guardrail, "hello")


def test_a_client_cannot_write_labels_nor_end_the_chat_of_another_key(guardrail: Any) -> None:
    forged = request("harassment")
    forged["metadata"]["policy_labels"] = {"self-harm": 1.0}
    for _ in range(3):
        data = asyncio.run(guardrail.async_pre_call_hook(None, None, forged, "completion"))
        asyncio.run(guardrail.async_post_call_success_hook(data, None, answer("content_filter")))
    with pytest.raises(GuardrailRaisedException):
        turn(guardrail, "hello")

    class Key:
        token = "another"

    asyncio.run(guardrail.async_pre_call_hook(Key(), None, request("hello"), "completion"))


def test_a_store_that_is_down_refuses_for_now_or_passes_on(tmp_path: Path) -> None:
    with pytest.raises(GuardrailRaisedException, match="cannot go on at the moment"):
        turn(made(tmp_path, store=Down()), "hello")
    assert turn(made(tmp_path, store=Down(), on_failure="pass"), "hello")["messages"]
    with pytest.raises(ValueError, match="refuse"):
        made(tmp_path, on_failure="ask")


def test_a_policy_with_durations_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "timed.policy"
    path.write_text("rule r\n  after 2 refusals within 10 minutes, end the chat\n", encoding="utf-8")
    with pytest.raises(ValueError, match="durations"):
        EXAMPLE.PolicyGuardrail(str(path))


def test_a_request_without_a_session_is_passed_on(guardrail: Any) -> None:
    data = {"messages": [{"role": "user", "content": "harassment"}]}
    assert asyncio.run(guardrail.async_pre_call_hook(None, None, data, "completion")) == data


def test_scores_of_a_moderation_are_the_highest_of_each_category() -> None:
    class One:
        def __init__(self, **scores: float) -> None:
            self.category_scores = scores

    class Result:
        results = (One(hate=0.2), One(hate=0.7, harassment=0.1))

    assert EXAMPLE.moderation_scores(Result()) == {"hate": 0.7, "harassment": 0.1}
