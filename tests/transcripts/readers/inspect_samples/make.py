"""Writes the logs beside this file with inspect_ai itself: ``python make.py``, where the package is installed.

It takes a minute and 300 MB to install, too much for every run of the tests; so what it writes is kept.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from inspect_ai.event import ModelEvent
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalSample,
    EvalSampleLimit,
    EvalSpec,
    write_eval_log,
)
from inspect_ai.log._log import EvalPlan
from inspect_ai.log._recorders.eval import EvalRecorder
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelOutput,
    StopCategory,
    StopDetails,
)
from inspect_ai.scorer import Score
from inspect_ai.tool import ToolCall

HERE = Path(__file__).resolve().parent
CREATED = datetime(2025, 8, 15, 10, 0, tzinfo=UTC)


def at(second: int) -> datetime:
    return CREATED.replace(second=second)


def called(given: list[ChatMessage], choice: ChatCompletionChoice, start: int) -> ModelEvent:
    return ModelEvent(
        model="model",
        input=given,
        tools=[],
        tool_choice="auto",
        config=GenerateConfig(),
        output=ModelOutput(model="model", choices=[choice]),
        timestamp=at(start),
        completed=at(start + 2),
    )


def refused() -> EvalSample:
    """Two calls: the first is answered with a tool, the second the provider withheld."""
    asked: list[ChatMessage] = [
        ChatMessageSystem(id="s", content="Be kind."),
        ChatMessageUser(id="u", content="attachment://f00d"),
    ]
    thinks = ContentReasoning(reasoning="hm")
    calls = [ToolCall(id="c", function="look", arguments={})]
    first = ChatMessageAssistant(id="a", content=[thinks, ContentText(text="Let me look.")], tool_calls=calls)
    found = ChatMessageTool(id="t", content="nothing", tool_call_id="c", function="look")
    last = ChatMessageAssistant(id="b", content="")
    details = StopDetails(
        type="refusal", category="cyber", explanation="…", categories=[StopCategory(category="cyber")]
    )
    withheld = ChatCompletionChoice(message=last, stop_reason="content_filter", stop_details=details)
    return EvalSample(
        id="lock",
        epoch=1,
        input=asked,
        target="",
        messages=[*asked, first, found, last],
        output=ModelOutput(model="model", choices=[withheld]),
        scores={"judge": Score(value={"violation": 1}), "exact": Score(value=float("nan"))},
        events=[
            called(asked, ChatCompletionChoice(message=first, stop_reason="tool_calls"), 1),
            called([*asked, first, found], withheld, 5),
        ],
        attachments={"f00d": "How do I pick this lock?"},
        completed_at=at(9).isoformat(),
    )


def limited(epoch: int) -> EvalSample:
    """A sample that met a limit before anybody answered."""
    return EvalSample(
        id=7, epoch=epoch, input="Good morning.", target="", limit=EvalSampleLimit(type="token", limit=1)
    )


def spec() -> EvalSpec:
    return EvalSpec(
        created=CREATED.isoformat(),
        eval_id="e",
        run_id="r",
        task="chats",
        task_id="chats",
        dataset=EvalDataset(),
        model="anthropic/opus-4",
        config=EvalConfig(),
    )


def finished() -> EvalLog:
    return EvalLog(status="success", eval=spec(), samples=[refused(), limited(1), limited(2)])


async def crashed(path: Path) -> None:
    recorder = EvalRecorder(str(path.parent))
    await recorder.log_init(spec(), str(path), clean=True)
    await recorder.log_start(spec(), EvalPlan())
    await recorder.log_sample(spec(), refused())
    await recorder.flush(spec())


if __name__ == "__main__":
    write_eval_log(finished(), str(HERE / "finished.eval"))
    write_eval_log(finished(), str(HERE / "finished.json"))
    asyncio.run(crashed(HERE / "crashed.eval"))
