"""The example of a local model: with a stand-in for `transformers`, and with the real one where it is installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from examples.detectors.model_detector import DETECTOR
from policy_engine import Label, Message, Role
from policy_engine.vocabulary.shipped import default_vocabulary

WORDS = default_vocabulary()


class Pipeline:
    """What `transformers.pipeline` makes, as far as the example uses it."""

    def __init__(self, classes: dict[int, str]) -> None:
        self.model = SimpleNamespace(config=SimpleNamespace(id2label=classes))

    def __call__(self, texts: list[str]) -> list[list[dict[str, object]]]:
        assert len(texts) == 1
        share = 0.9 if "hurt" in texts[0] else 0.05
        return [[{"label": name, "score": share} for name in self.model.config.id2label.values()]]


@pytest.fixture
def transformers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("transformers")
    made = {
        "moderation": Pipeline({0: "OK", 1: "SH", 2: "H"}),
        "ours": Pipeline({0: "harassment", 1: "S11"}),
        "cats": Pipeline({0: "cat", 1: "dog"}),
    }

    def pipeline(task: str, *, model: str, top_k: None, truncation: bool) -> Pipeline:
        assert (task, top_k, truncation) == ("text-classification", None, True)
        if model not in made:
            raise OSError("no such model")
        return made[model]

    module.pipeline = pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", module)
    return module


@pytest.mark.usefixtures("transformers")
def test_the_classes_that_the_vocabulary_knows_are_used() -> None:
    model = DETECTOR.told("moderation", WORDS)
    assert set(model.looks_for) == {"self-harm", "hate"}
    assert model.detect(Message(Role.USER, content="I hurt myself")) == (
        Label("self-harm", 0.9),
        Label("hate", 0.9),
    )
    assert set(DETECTOR.told("ours", WORDS).finds) == {"harassment", "self-harm"}


@pytest.mark.usefixtures("transformers")
def test_no_text_is_unknown() -> None:
    model = DETECTOR.told("moderation", WORDS)
    for text in (None, "", " "):
        found = model.detect(Message(Role.USER, content=text))
        assert found == (Label("self-harm", None), Label("hate", None))


@pytest.mark.usefixtures("transformers")
@pytest.mark.parametrize(
    ("name", "told"),
    [("cats", "knows none of the classes of `cats`: cat, dog"), ("none", "cannot be loaded: no such model")],
)
def test_what_cannot_be_used_is_told(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DETECTOR.told(name, WORDS)


def test_without_the_package_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ValueError, match="needs the packages transformers and torch"):
        DETECTOR.told("moderation", WORDS)


@pytest.mark.skipif(
    find_spec("transformers") is None or find_spec("torch") is None,
    reason="transformers and torch are not installed",
)
def test_a_real_model_speaks(tmp_path: Path) -> None:
    """A tiny one that was never trained: whatever it says, it says as the real package does."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "hurt", "myself"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=32, id2label={0: "OK", 1: "SH"}, label2id={"OK": 0, "SH": 1},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    BertTokenizer(str(tmp_path / "vocab.txt"), model_max_length=32).save_pretrained(tmp_path)
    model = DETECTOR.told(str(tmp_path), WORDS)
    for text in ("I hurt myself", "hurt " * 500):
        (label,) = model.detect(Message(Role.USER, content=text))
        assert label.name == "self-harm"
        assert isinstance(label.value, float)
        assert 0.0 <= label.value <= 1.0
