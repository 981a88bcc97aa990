"""The user's request to end the chat, from the text of a message: narrow, since crises use the same words.

A request names what is to end: this chat, the conversation, the session, talking ("please stop this
conversation", "end chat", "I don't want to talk to you any more"). "I want to end it all" is none; it is what
somebody in a crisis says, and no policy may hear it as a wish to leave.

Three values. Unknown is what does not say what should stop ("stop", "I'm done"), a question how to end, a
request beside words of a crisis, and a text that is empty or not in English. A rule that fires when the user
asks to end hears only what is certain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from policy_engine.transcripts.detector import TEXT_PATTERN, Detector
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.wording import has_any, is_english, plain

HEAD = 2_000
"""How much of a message is read, in characters."""
SOURCE = f"{TEXT_PATTERN} (end-request)"

_BARE_WORDS = 8
"""A message of at most so many words can be a bare "stop"."""

_CHAT = r"(?:chat|conversation|session|discussion|dialogue|exchange)"
_THIS = rf"(?:this|the|our|my) (?:\w+ )?{_CHAT}"
_END = r"(?:end|stop|close|terminate|finish|quit|leave|exit|conclude)"
_BEGINS = r"(?:^|[.!?;,] |\b(?:please|pls|plz|and|so|then|just|now|okay|ok|but) )"
_LEAD = (
    r"(?:(?:(?:i'd|i would) like(?: you)? to|i (?:want|need|wish)(?: you)? to|i wanna"
    r"|(?:can|could|would|will) (?:you|we)|may i|can i|could i"
    r"|let's|let us|let me|you (?:can|may|should)|we (?:can|should)|it's time to|time to"
    r"|i'm going to|i am going to|i'm gonna|i think we should|go ahead and) )?(?:please |just |now |kindly )*"
)
# Not the talk with somebody else, not one that is only spoken of, and no other thing than the talk.
_OTHERS = (
    r"(?! (?:with (?!you\b)|between|about|in (?:the|my|a|this)|of the|at the|topic|history|scene|story|section"
    r"|i had|we had|she|he|they|open|running|alone|as it is|window|widget|app|box|bot|button"
    r"|room|log|group|feature|server|file)\b)"
)
_ASKS = re.compile(
    rf"{_BEGINS}{_LEAD}(?:{_END} {_THIS}\b{_OTHERS}|{_END} {_CHAT}(?=$|[.!?,;]| (?:please|now|pls|here)\b))"
    rf"|\bi (?:do not|don't) (?:want|wish) to (?:continue|go on with|keep having) {_THIS}\b"
    rf"|(?:^|[.!?,] )(?:this|our) {_CHAT} is (?:over|finished|done)\b"
    rf"|\bi(?:'m| am) (?:ending|closing|leaving|done with) {_THIS}\b{_OTHERS}"
)
_HOW = re.compile(
    rf"\b(?:how|where) (?:do|can|could|would|should|to) (?:i |we |you )?{_END} {_THIS}\b{_OTHERS}"
)
_SIGNS = ("chat", "conversation", "session", "discussion", "dialogue", "exchange")
"""Whatever names the chat has one of these; looking for them first spares most messages the rest."""
_TALKING = re.compile(
    rf"{_BEGINS}{_LEAD}(?:stop writing (?:to )?me|stop (?:talking|chatting|messaging|texting|speaking)"
    r"(?: (?:(?:to|with) )?(?:me|you))?)"
    r"(?=$|[.!?,;]| (?:please|now)\b)"
    r"|\bi (?:do not|don't) (?:want|wish) to (?:talk|chat|speak|continue)(?: (?:to|with) you)?"
    r"(?: this (?:chat|conversation))? (?:anymore|any ?more|any longer)(?=$|[.!?,;])"
)
_TALKING_SIGNS = (
    "stop talk", "stop chat", "stop messag", "stop writ", "stop text", "stop speak",
    *(f"{want} to {talk}" for want in ("want", "wish") for talk in ("talk", "chat", "speak", "continue")),
)  # fmt: skip
_BARE = re.compile(
    r"^(?:please |just |okay,? |ok,? |no,? |i (?:want|need) to |i wanna |can we |let's |you can )*"
    r"(?:stop|enough|that's enough|quit|goodbye|good bye|bye|leave me alone|end|i'm done|i am done"
    r"|we're done|go away|exit)"
    r"(?: (?:it|this|that|here|now|please|everything|all of this|talking about this|already))*(?=$|[.!?,;])"
)
_CRISIS = re.compile(
    r"\b(?:end(?:ing)? (?:it all|everything|my (?:own )?life|things|myself|the pain|my pain|me)"
    r"|kill\w* (?:myself|me)|suicid\w*"
    r"|want to die|wanna die|better off dead|not be here|be gone|can't go on|(?:can't|cannot) do this any ?more"
    r"|hurt\w* myself|cut\w* myself|overdos\w*|self[- ]?harm\w*|don't want to (?:live|be alive|exist|wake up)|my life"
    r"|no (?:reason|point) (?:to|in) (?:live|living|going on)|jump off|pills|make it (?:all )?stop)\b"
)


class EndRequestFromText:
    """The label ``end-request`` on the messages of the user."""

    name = "end-request"
    gives = "the user's request to end the chat, where it names the chat"
    looks_for: Mapping[str, frozenset[Role]] = MappingProxyType({"end-request": frozenset((Role.USER,))})
    finds = looks_for

    def detect(self, message: Message) -> tuple[Label, ...]:
        """One label: True, False, or None where nobody can say."""
        if message.role is not Role.USER:
            return ()
        return (Label("end-request", asks_to_end(message.content), SOURCE),)


def asks_to_end(text: str | None) -> bool | None:
    """Whether ``text`` asks to end the chat; None where it may, or cannot be judged."""
    words = plain((text or "")[:HEAD])
    names_it = has_any(words, _SIGNS)
    if (names_it and _ASKS.search(words)) or (has_any(words, _TALKING_SIGNS) and _TALKING.search(words)):
        return None if _CRISIS.search(words) else True
    if (names_it and _HOW.search(words)) or not is_english(words):
        return None
    is_bare = words.count(" ") < _BARE_WORDS and _BARE.match(words) and not _CRISIS.search(words)
    return None if is_bare else False


DETECTOR: Detector = EndRequestFromText()
