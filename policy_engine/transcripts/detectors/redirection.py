"""Redirections from the text of a reply: the assistant points to something else.

That is: something else that it can help with ("instead, I can …", "let's talk about …"), another topic, or other
people and services that help ("please reach out to a counselor", "call 988"). "Is there anything else I can help
with?" is one only where the reply refuses; elsewhere it is how any reply ends.

Three values: redirection, none, and unknown, for a text that is empty or in a language that the English patterns
do not cover.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from policy_engine.transcripts.detector import TEXT_PATTERN, Detector
from policy_engine.transcripts.detectors.refusal import Answer, answer
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.wording import has_any, is_english, plain

HEAD = 800
"""How much of the beginning of a reply is read, in characters."""
TAIL = 400
"""How much of the end of a longer one is read, too: where a reply turns to something else, it often ends so."""
SOURCE = f"{TEXT_PATTERN} (redirection)"

_HELP = r"(?:help|assist|offer|provide|suggest|share|explain|discuss|talk|support|show|write|give|tell)"
_CAN = r"(?:i can|i could|(?:i'd be|i would be|i'm) (?:happy|glad)|let me|we (?:can|could)|let's)"
_HELPERS = (
    r"(?:mental health|health ?care|medical|legal|licensed|qualified|trained|local|trusted|crisis|emergency|suicide"
    r"|professionals?|therapists?|counsell?ors?|psychologists?|psychiatrists?|doctors?|lawyers?|attorneys?|physicians?"
    r"|hot ?lines?|help ?lines?|lifeline|authorities|police|988|911|116 ?123|samaritans"
    r"|support (?:group|line|service)s?|poison control|school counsell?or|teacher|parent"
    r"|someone you trust|adult you trust)"
)
_THEM = rf" (?:[\w'-]+ ){{0,4}}?{_HELPERS}\b"
_REDIRECTS = tuple(
    # what every match begins with, so that a text without it is not searched, and one with it fast
    (begins, re.compile(begins + goes_on))
    for begins, goes_on in (
        (
            " instead",
            rf",? (?:{_CAN}|how about|what about|would you|you (?:might|may|could|can)|try|consider|focus)\b",
        ),
        (
            " instead of ",
            rf"[^.!?]{{3,80}}?, (?:{_CAN}|it's|it is|try|consider|focus|how about|why not|you (?:might|may|could))",
        ),
        (" however", rf",? (?:{_CAN}) (?:to )?{_HELP}\b"),
        (" but", rf",? (?:{_CAN}) (?:to )?{_HELP}\b"),
        (" that said", rf",? (?:{_CAN}) (?:to )?{_HELP}\b"),
        (" i can, however, ", r"\w+"),
        (" what i can ", r"(?:do|offer|help)\b"),
        (
            " let's ",
            r"(?:talk about|focus on|switch to|turn to|change the (?:subject|topic)|move on to|steer|get back to"
            r"|return to|go back to|keep (?:this|our|things))\b",
        ),
        (" help", r"(?: you)? with (?:something|anything) (?:else|different|other)\b"),
        (" about ", r"(?:something|anything) (?:else|different)\b"),
        (" another ", r"(?:topic|subject|question|request|way i can help)\b"),
        (" different ", r"(?:topic|subject|question|request)\b"),
        (" reach", rf"(?:ing)? out to{_THEM}"),
        (" talk", rf"(?:ing)? (?:to|with){_THEM}"),
        (" speak", rf"(?:ing)? (?:to|with){_THEM}"),
        (" turn", rf"(?:ing)? to{_THEM}"),
        (" contact", rf"(?:ing)?{_THEM}"),
        (" call", rf"(?:ing)?{_THEM}"),
        (" text", rf"(?:ing)?{_THEM}"),
        (" consult", rf"(?:ing)?(?: with)?{_THEM}"),
        (" see", rf"(?:ing|k|king)?{_THEM}"),
        (" visit", rf"(?:ing)?{_THEM}"),
    )
)
_ANYTHING_ELSE = (
    "anything else",
    "something else",
    "any other ",
    "other questions",
    "other topics",
    "other requests",
)
_REFUSING = (Answer.DECLINES, Answer.OBJECTS, Answer.PARTLY)


class RedirectionFromText:
    """The label ``redirection`` on the messages of the assistant."""

    name = "redirection"
    gives = "replies that point to something else, or to others who help"
    looks_for: Mapping[str, frozenset[Role]] = MappingProxyType({"redirection": frozenset((Role.ASSISTANT,))})
    finds = looks_for

    def detect(self, message: Message) -> tuple[Label, ...]:
        """One label: True, False, or None where the text cannot be judged."""
        if message.role is not Role.ASSISTANT:
            return ()
        return (Label("redirection", redirects(message.content), SOURCE),)


def redirects(text: str | None) -> bool | None:
    """Whether ``text`` points to something else; None where it is empty or not in English."""
    whole = text or ""
    read = whole if len(whole) <= HEAD + TAIL else f"{whole[:HEAD]}\n{whole[-TAIL:]}"
    words = plain(read)
    spaced = f" {words}"
    if any(begins in spaced and pattern.search(spaced) for begins, pattern in _REDIRECTS):
        return True
    if not is_english(words):
        return None
    return has_any(words, _ANYTHING_ELSE) and answer(text) in _REFUSING


DETECTOR: Detector = RedirectionFromText()
