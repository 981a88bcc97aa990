"""Azure OpenAI's content filter: what it says beside answers of OpenAI's form, and where that stands.

In the chat API, ``prompt_filter_results`` (once ``prompt_annotations``) is about the prompt as a whole, and the
``content_filter_results`` of a choice about its answer. In the Responses API, both are entries of ``content_filters``,
each with its ``source_type``. A prompt that the filter stopped has no answer but an error, whose code is
``content_filter``. What the results mean is said by the classifier that is called ``CLASSIFIER``.
Source: https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter-annotations
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CLASSIFIER = "azure-openai-filter"

PLACES = ("content_filter_results", "content_filter_result")
"""The second has nothing but an error, where the filter did not answer; but all, where a prompt was stopped."""
_ERROR_TEXT = re.compile(r"""\bcode\\*['"]\s*:\s*\\*['"]content_filter\b""")
"""The code of an error's object as JSON or Python writes it, perhaps within a text that was quoted again."""
_PROMPTS = ("prompt_filter_results", "prompt_annotations")


def of_prompt(response: Mapping[str, object]) -> list[object]:
    """What the filter says of the prompt, once for each time that it read it; nothing where it did not."""
    error = _object(response.get("error"))
    inner = _object(error.get("innererror"))
    listed = [each for key in _PROMPTS for each in _objects(response.get(key))]
    found = [result for each in (inner, *listed) for result in beside(each)]
    return [*found, *_of_source("prompt", error), *_of_source("prompt", response)]


def of_answer(response: Mapping[str, object]) -> list[object]:
    """What the filter says of an answer of the Responses API."""
    return _of_source("completion", response)


def beside(value: object) -> list[object]:
    """What the filter says in an object of what that holds: of a choice or a message."""
    found = _object(value)
    return [result for key in PLACES if (result := found.get(key))][:1]


def is_stopped(response: Mapping[str, object]) -> bool:
    """Whether the filter stopped the prompt, so that there is no answer."""
    return _object(response.get("error")).get("code") == "content_filter"


def is_stop_told(error: str) -> bool:
    """Whether the text of an error tells that the filter stopped the prompt: its object stands in it."""
    return _ERROR_TEXT.search(error) is not None


def _of_source(source: str, holder: Mapping[str, object]) -> list[object]:
    entries = _objects(holder.get("content_filters"))
    return [result for each in entries if each.get("source_type") == source for result in beside(each)]


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
