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
from policy_engine.transcripts.wording import is_english, plain

HEAD = 1_500
"""How much of the beginning of a reply is read, in characters."""
TAIL = 500
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
_REDIRECTS = re.compile(
    rf"\binstead,? (?:{_CAN}|how about|what about|would you|you (?:might|may|could|can)|try|consider|focus)\b"
    rf"|\binstead of [^.!?]{{3,80}}?, (?:{_CAN}|it's|it is|try|consider|focus|how about|why not"
    r"|you (?:might|may|could))"
    rf"|\b(?:however|but|that said|what),? (?:{_CAN}) (?:to )?{_HELP}\b|\bi can, however, \w+"
    r"|\bwhat i can (?:do|offer|help)\b"
    r"|\blet's (?:talk about|focus on|switch to|turn to|change the (?:subject|topic)|move on to|steer|get back to"
    r"|return to|go back to|keep (?:this|our|things))\b"
    r"|\bhelp(?: you)? with (?:something|anything) (?:else|different|other)\b"
    r"|\b(?:talk|chat|speak) about (?:something|anything) (?:else|different)\b"
    r"|\b(?:another|a different|some other) (?:topic|subject|question|request|way i can help)\b"
    rf"|\b(?:reach(?:ing)? out|talk(?:ing)?|speak(?:ing)?|turn(?:ing)?) (?:to|with) (?:[\w'-]+ ){{0,4}}?{_HELPERS}\b"
    rf"|\b(?:contact(?:ing)?|call(?:ing)?|text(?:ing)?|consult(?:ing)?(?: with)?|see(?:ing|k|king)?|visit(?:ing)?)"
    rf" (?:[\w'-]+ ){{0,4}}?{_HELPERS}\b"
)
_ANYTHING_ELSE = re.compile(
    r"\b(?:anything|something|any other (?:questions?|topics?|requests?)|other (?:questions|topics)) ?"
    r"(?:else|i can|you|or|,|\?|that)"
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
    if not is_english(words):
        return None
    if _REDIRECTS.search(words):
        return True
    return _ANYTHING_ELSE.search(words) is not None and answer(text) in _REFUSING


DETECTOR: Detector = RedirectionFromText()
