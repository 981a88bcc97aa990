"""What Anthropic's Messages API is asked and answers, as messages, with the provider's own refusals.

A response that stopped with ``stop_reason: refusal`` is a refusal: the provider's classifiers intervened. Its
category is what the classifier ``anthropic-refusal`` says of it. Any other reason tells that it was none.
"""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.transcripts.chat_log import Values
from policy_engine.transcripts.chat_message import Said, chat_message, content_text
from policy_engine.transcripts.classified import classifier_of, labels_said
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.reader import Malformed, Settings

CLASSIFIER = "anthropic-refusal"
SOURCE = "anthropic stop_reason refusal"


def system_said(request: Values) -> list[Said]:
    """The system prompt, which stands beside the messages; Malformed where it is neither a text nor a list of parts."""
    system, _ = content_text(request.get("system"))
    return [] if system is None else [Said(Message(Role.SYSTEM, content=system))]


def response_said(response: Values, settings: Settings) -> Sequence[Said]:
    """A response, which is a message of the assistant; Malformed where it is none."""
    return stopped(chat_message({"role": "assistant"} | dict(response)), response, settings)


def stopped(said: Sequence[Said], response: Values, settings: Settings) -> Sequence[Said]:
    """The messages of an answer, the last with why it stopped, as ``response`` tells."""
    reason = response.get("stop_reason")
    if not (reason is None or isinstance(reason, str)):
        raise Malformed("`stop_reason` is neither a text nor null")
    *before, last = said
    if reason != "refusal":
        return (*before, last._replace(tells=last.tells or reason is not None))
    refused = last.refused(SOURCE)
    labels = refused.message.labels + _category(response.get("stop_details"), settings)
    return (*before, refused._replace(message=refused.message.with_labels(labels)))


def _category(details: object, settings: Settings) -> tuple[Label, ...]:
    """What the classifier says of a refusal with a category, beside that it is one; of one without, nothing."""
    if not isinstance(details, dict) or details.get("category") is None:
        return ()
    labels = labels_said(classifier_of(settings, CLASSIFIER), details)
    return tuple(label for label in labels if label.value is not None and label.name != "refusal")
