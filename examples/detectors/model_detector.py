"""A detector that runs a text classification model on this computer: ``--detect model:KoalaAI/Text-Moderation``.

What stands behind the colon is a folder, or a model of the Hugging Face hub, which is downloaded once. The package
`transformers` is loaded only where this detector is asked for. A class of the model is used if the vocabulary knows
its name, or if it stands in ``CLASSES``; the others are passed over. So a model without a class for self-harm leaves
self-harm unknown, as it has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import policy_engine as pe

if TYPE_CHECKING:
    from policy_engine.vocabulary.vocabulary import Vocabulary

CLASSES = MappingProxyType(
    {
        "S": "sexual", "H": "hate", "V": "violence", "HR": "harassment", "SH": "self-harm",
        "S3": "sexual/minors", "H2": "hate/threatening", "V2": "violence/graphic",
    }
)  # fmt: skip
"""The short names of OpenAI's labelled texts of 2022, which several public models use."""

Classify = Callable[[str], Iterable[Mapping[str, object]]]
"""The classes of a text: each with a ``label`` and a ``score``."""


class Model:
    """The labels of one model, on the messages of users and assistants."""

    gives = "what a local model was trained to find"

    def __init__(self, name: str, classes: Mapping[str, str], classify: Classify) -> None:
        self.name = f"model:{name}"
        both = frozenset((pe.Role.USER, pe.Role.ASSISTANT))
        self.finds = self.looks_for = MappingProxyType(dict.fromkeys(classes.values(), both))
        self._classes = classes
        self._classify = classify

    def detect(self, message: pe.Message) -> tuple[pe.Label, ...]:
        """A score for every class that is used; unknown where there is no text."""
        if not (message.content or "").strip():
            return tuple(pe.Label(name, None) for name in self.finds)
        return tuple(
            pe.Label(self._classes[str(each["label"])], float(str(each["score"])))
            for each in self._classify(message.content or "")
            if each["label"] in self._classes
        )


class ModelNamed:
    """Makes the detector of a model."""

    name = "model"
    gives = Model.gives
    takes = "FOLDER-OR-NAME"

    def told(self, what: str, vocabulary: Vocabulary) -> Model:
        """The detector of the model ``what``. Raises ValueError where there is none, or nothing to run it."""
        try:
            from transformers import pipeline
        except ImportError:
            raise ValueError(
                "a local model needs the packages transformers and torch; install them"
            ) from None
        try:
            made = pipeline("text-classification", model=what, top_k=None, truncation=True)
        except (OSError, ValueError) as error:
            raise ValueError(f"the model `{what}` cannot be loaded: {error}") from None
        names = [str(name) for name in made.model.config.id2label.values()]
        classes = {
            name: label for name in names if (label := CLASSES.get(name) or vocabulary.canonical(name))
        }
        if not classes:
            raise ValueError(f"the vocabulary knows none of the classes of `{what}`: {', '.join(names)}")
        return Model(what, classes, lambda text: made([text])[0])


DETECTOR = ModelNamed()
