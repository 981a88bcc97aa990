"""A guardrail of LiteLLM that ends a chat where a policy says so.

LiteLLM's own ``end_session_after_n_fails`` ends a realtime session after a number of violations. This one keeps the
state of each chat, of all kinds of requests, and does what a policy decides: who is warned first, what keeps a chat
open, and for how long anything counts. See README.md beside this file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from litellm.exceptions import ContentPolicyViolationError, GuardrailRaisedException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.main import amoderation
from litellm.types.guardrails import GuardrailEventHooks

import policy_engine as pe

LOG = logging.getLogger("policy_guardrail")
ENDED = "This chat has been ended."
UNAVAILABLE = "This chat cannot go on at the moment. Please try again later."
REFUSAL = "refusal"
_LONGEST_ID = 200


class Store(Protocol):
    """Keeps the state of chats: a table of a database, Redis, or a dictionary for one process."""

    async def read(self, chat: str) -> str | None:
        """What was last written for a chat, or None. May raise anything where it is down."""

    async def write(self, chat: str, saved: str) -> None:
        """Keep it. May raise anything where it is down."""


class MemoryStore:
    """For one process, and for tests: what it keeps is gone with the process. The oldest chats go first."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._kept: dict[str, str] = {}

    async def read(self, chat: str) -> str | None:
        """What was last written for a chat."""
        return self._kept.get(chat)

    async def write(self, chat: str, saved: str) -> None:
        """Keep it."""
        self._kept.pop(chat, None)
        self._kept[chat] = saved
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]


Classify = Callable[[str], Awaitable[Mapping[str, float]]]
"""Says what a text shows: names of labels with scores from 0 to 1. May raise anything where it is down."""


async def moderated(text: str) -> Mapping[str, float]:
    """The scores of a moderation model, asked through LiteLLM itself."""
    return moderation_scores(await amoderation(input=text))


class PolicyGuardrail(CustomGuardrail):  # type: ignore[misc,unused-ignore]
    """One policy over all chats that come through the proxy.

    ``looked_for`` names the labels that ``classify`` and this class look for: none other is ever taken to be absent.
    Where ``classify`` is down, they are unknown on that message, and never absent: what a policy says of "could not be
    checked" holds. Nothing that a client writes into its request is taken for a label.

    Where the store is down or holds something else, nobody knows whether the chat was ended: with ``on_failure`` =
    ``"refuse"`` such a request is refused for now; with ``"pass"`` it is passed on, and the log says so. Neither ends
    a chat.
    """

    def __init__(
        self,
        policy: str | pe.Policy,
        store: Store | None = None,
        classify: Classify = moderated,
        looked_for: Sequence[str] = ("refusal",),
        on_failure: str = "refuse",
        **settings: Any,
    ) -> None:
        if on_failure not in ("refuse", "pass"):
            raise ValueError("`on_failure` is `refuse` or `pass`")
        settings.setdefault(
            "supported_event_hooks", [GuardrailEventHooks.pre_call, GuardrailEventHooks.post_call]
        )
        settings.setdefault("event_hook", [GuardrailEventHooks.pre_call, GuardrailEventHooks.post_call])
        settings.setdefault("default_on", True)
        super().__init__(**settings)
        self._policy = policy if isinstance(policy, pe.Policy) else pe.load(policy)
        if self._policy.model.timed:
            raise ValueError("the policy uses durations, and messages of a proxy carry no time")
        self._store: Store = MemoryStore() if store is None else store
        self._classify = classify
        self._looked_for = looked_for_by_role(looked_for)
        self._is_strict = on_failure == "refuse"
        # one process asks for one chat at a time; several processes need a store that does the same
        self._locks = [asyncio.Lock() for _ in range(256)]

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: Any
    ) -> dict[str, Any]:
        """Before the model is asked: what the user said. Raises GuardrailRaisedException where the chat is ended."""
        chat = chat_of(data, user_api_key_dict)
        if chat is None:
            return data
        decision, was_ended = await self._observe(chat, pe.Role.USER, await self._labels(text_of(data)))
        if was_ended or (decision is not None and self._is_ending(decision)):
            raise self._refused(self._words(decision) or ENDED)
        if decision is not None:
            _metadata(data)["policy_decision"] = _told(decision)
        return data

    async def async_post_call_success_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any
    ) -> Any:
        """After the model has answered. A refusal of the provider is one of the assistant's; an answer is passed on."""
        chat = chat_of(data, user_api_key_dict)
        if chat is not None:
            await self._after(chat, data, is_refusal(response))
        return response

    async def async_post_call_failure_hook(
        self,
        request_data: dict[str, Any],
        original_exception: Exception,
        user_api_key_dict: Any,
        traceback_str: str | None = None,
    ) -> None:
        """After a failure: a provider that refused for its content policy has refused; any other failure is no turn."""
        chat = chat_of(request_data, user_api_key_dict)
        if chat is not None and isinstance(original_exception, ContentPolicyViolationError):
            await self._after(chat, request_data, is_refused=True)

    async def _labels(self, text: str) -> tuple[pe.Label, ...]:
        """What the user shows; all of it unknown where nobody can say."""
        try:
            found = await self._classify(text)
            return tuple(pe.Label(name, float(found[name])) for name in sorted(found))
        except Exception as fault:  # whatever a classifier raises
            LOG.error("what a message shows is not known: %s", type(fault).__name__)
            return tuple(pe.Label(name, None) for name in self._looked_for if name != REFUSAL)

    async def _after(self, chat: str, data: dict[str, Any], is_refused: bool) -> None:
        """The assistant's message. Where its decision ends the chat, the next request is refused."""
        labels = (pe.Label(REFUSAL),) if is_refused else ()
        try:
            decision, _ = await self._observe(chat, pe.Role.ASSISTANT, labels)
        except GuardrailRaisedException:
            LOG.error("what the assistant did is not counted: the store of chats is down")
            return
        if decision is not None:
            _metadata(data)["policy_decision"] = _told(decision)

    async def _observe(
        self, chat: str, role: pe.Role, labels: tuple[pe.Label, ...]
    ) -> tuple[pe.Decision | None, bool]:
        """The decision, and whether the chat was ended before. Raises GuardrailRaisedException where it fails."""
        async with self._locks[hash(chat) % len(self._locks)]:
            try:
                saved = await self._store.read(chat)
                session = (
                    self._policy.restore(saved)
                    if saved
                    else self._policy.session(looked_for=self._looked_for)
                )
                was_ended = session.ended
                decision = session.observe(pe.Message(role, labels))
                await self._store.write(chat, session.save())
            except Exception as fault:  # whatever a store raises: a proxy has to answer all the same
                LOG.error("the state of a chat is not known: %s", type(fault).__name__)
                if self._is_strict:
                    raise self._refused(UNAVAILABLE) from fault
                return None, False
        return decision, was_ended

    def _refused(self, words: str) -> GuardrailRaisedException:
        return GuardrailRaisedException(
            self.guardrail_name or "policy", words, should_wrap_with_default_message=False
        )

    def _is_ending(self, decision: pe.Decision) -> bool:
        actions = self._policy.machine.policy.vocabulary.actions
        return any(actions[each.action].ends for each in decision.actions)

    def _words(self, decision: pe.Decision | None) -> str:
        return "" if decision is None else "; ".join(each.text for each in decision.actions if each.text)


def chat_of(data: Mapping[str, Any], user_api_key_dict: Any) -> str | None:
    """Which chat a request belongs to: its session's id, together with its key, so that nobody ends another's chat.

    None where the request names no session: there is nothing to count then.
    """
    metadata = data.get("metadata") or data.get("litellm_metadata") or {}
    named = data.get("litellm_session_id") or metadata.get("session_id")
    if not isinstance(named, str) or not named:
        return None
    key = getattr(user_api_key_dict, "token", None) or getattr(user_api_key_dict, "api_key", None) or ""
    return hashlib.sha256(json.dumps([str(key), named[:_LONGEST_ID]]).encode()).hexdigest()


def text_of(data: Mapping[str, Any]) -> str:
    """What the user said last; of a message of several parts, those that are text."""
    said = [each for each in data.get("messages") or () if each.get("role") == "user"]
    content = said[-1].get("content") if said else ""
    if isinstance(content, list):
        return "\n".join(str(each.get("text", "")) for each in content if each.get("type") == "text")
    return content if isinstance(content, str) else ""


def looked_for_by_role(names: Sequence[str]) -> dict[str, frozenset[pe.Role]]:
    """Who is looked at for what: refusals are the assistant's, all else is looked for in what the user says."""
    users, assistants = frozenset({pe.Role.USER}), frozenset({pe.Role.ASSISTANT})
    return {name: assistants if name == REFUSAL else users for name in names}


def moderation_scores(result: Any) -> dict[str, float]:
    """The scores of an answer of ``litellm.amoderation``: the highest of each category."""
    scores: dict[str, float] = {}
    for each in result.results:
        for name, score in dict(each.category_scores).items():
            scores[name] = max(scores.get(name, 0.0), float(score))
    return scores


def is_refusal(response: Any) -> bool:
    """Whether the provider itself says that it refused: a refusal in the message, or a filter that ended it."""
    for choice in getattr(response, "choices", None) or ():
        message = getattr(choice, "message", None)
        if getattr(choice, "finish_reason", None) in ("content_filter", "refusal"):
            return True
        if getattr(message, "refusal", None) or (
            getattr(message, "provider_specific_fields", None) or {}
        ).get("refusal"):
            return True
    return False


def _metadata(data: dict[str, Any]) -> dict[str, Any]:
    found = data.setdefault("metadata", {})
    return found if isinstance(found, dict) else {}


def _told(decision: pe.Decision) -> list[dict[str, str | None]]:
    return [{"action": each.action, "text": each.text} for each in decision.actions]
