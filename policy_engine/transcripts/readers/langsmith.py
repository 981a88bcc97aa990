"""LangSmith's runs and feedback: a conversation is a thread; a trace without a thread is one of its own.

Of a trace, the calls to a model are read (``run_type: llm``), else the run that it began with. What each tells again
of those before it is said once. Feedback becomes labels of their own names, on the answer of its run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_engine.transcripts.chat_log import given_id
from policy_engine.transcripts.gathering import Call, Gathering, Kind, gathered
from policy_engine.transcripts.json_values import beginnings
from policy_engine.transcripts.message import Label
from policy_engine.transcripts.reader import Head, Log, Malformed, Read, Reader
from policy_engine.transcripts.traced import judged, time_of

_Values = Mapping[str, object]

_THREADS = ("session_id", "thread_id", "conversation_id")
"""Where applications say the thread, in the metadata of a run. (A run's own ``session_id`` is its project.)"""


_FEEDBACK = "langsmith feedback"
"""The source of feedback of which nobody says who gave it."""


class LangSmith:
    """Reads the texts of calls; costs, events and tags are passed over."""

    name = "langsmith"
    gives = "feedback as labels; times; what the provider tells of refusals, and Azure's filter; the model"
    form = "JSON of runs with `run_type`, `inputs` and `outputs`, and of feedback (LangSmith)"

    def claims(self, head: Head) -> bool:
        """The first object is a run or feedback on one."""
        first = next(iter(beginnings(head)), None)
        return first is not None and (_is_run(first) or _is_feedback(first))

    def read(self, log: Log) -> Iterator[Read]:
        """The faults, then the conversations, in the order in which the log came to speak of them."""
        return gathered(log, _take_all)


def _take_all(value: object, line: int, gathering: Gathering) -> Iterator[Malformed]:
    for each in _with_children(value):
        try:
            if isinstance(each, dict) and _is_run(each):
                _take_run(each, line, gathering)
            elif isinstance(each, dict) and _is_feedback(each):
                _take_feedback(each, gathering)
            else:
                raise Malformed("this is neither a run nor feedback on one")
        except Malformed as fault:
            yield fault


def _with_children(value: object) -> Iterator[object]:
    """A value, and the runs that a run was exported with (``child_runs``), which are of the same trace."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield each
        children = each.get("child_runs") if isinstance(each, dict) else None
        if isinstance(each, dict) and isinstance(children, list):
            of = {"trace_id": each.get("trace_id") or each.get("id"), "parent_run_id": each.get("id")}
            waiting += [of | child if isinstance(child, dict) else child for child in reversed(children)]


def _is_run(value: _Values) -> bool:
    return "run_type" in value and ("inputs" in value or "outputs" in value)


def _is_feedback(value: _Values) -> bool:
    return {"run_id", "key"} <= value.keys() and ("score" in value or "value" in value)


def _take_run(value: _Values, line: int, gathering: Gathering) -> None:
    name = given_id(value.get("id")) or gathering.name_at(line)
    trace = given_id(value.get("trace_id")) or name
    metadata = _inside(value, "extra", "metadata")
    thread = given_id(*(metadata.get(key) for key in _THREADS))
    if thread is not None:
        gathering.tie(trace, thread)
    parent = given_id(value.get("parent_run_id"))
    kind = Kind.MODEL if value["run_type"] == "llm" else Kind.OUTERMOST if parent is None else None
    if kind is None:
        return
    invocation = _inside(value, "extra", "invocation_params")
    call = Call(
        name=name,
        trace=trace,
        kind=kind,
        line=line,
        given=value.get("inputs"),
        answer=value.get("outputs"),
        began=time_of(value.get("start_time")),
        ended=time_of(value.get("end_time")),
        parent=parent,
        model=given_id(metadata.get("ls_model_name"), invocation.get("model"), invocation.get("model_name")),
        error=value.get("error"),
    )
    gathering.add(call)
    for label in _summed(value.get("feedback_stats")):
        gathering.label(trace, name, label)


def _summed(stats: object) -> Iterator[Label]:
    """What a run tells of the feedback on it. Where scores differ, it tells their mean alone: they are unknown."""
    for key, each in stats.items() if isinstance(stats, dict) else ():
        if not isinstance(each, dict) or not key:
            continue
        mean, words = each.get("avg"), each.get("values")
        if isinstance(words, dict) and words:
            yield from (Label(f"{key}:{word}", True, _FEEDBACK) for word in words if word)
        elif isinstance(mean, int | float):
            is_one = each.get("n") == 1 or each.get("stdev") == 0
            label = judged(key, mean if is_one else None, _FEEDBACK)
            yield Label(key, None, _FEEDBACK) if label is None else label


def _take_feedback(value: _Values, gathering: Gathering) -> None:
    source = _inside(value, "feedback_source").get("type")
    given = value.get("value") if value.get("score") is None else value.get("score")
    by = f"langsmith {source}" if isinstance(source, str) else _FEEDBACK
    label = judged(value.get("key"), given, by)
    trace, run = given_id(value.get("trace_id")), given_id(value.get("run_id"))
    if label is not None and (trace or run):
        gathering.label(trace, run, label)


def _inside(value: _Values, *keys: str) -> _Values:
    """The object that lies within objects; an empty one where there is none."""
    for key in keys:
        inner = value.get(key)
        value = inner if isinstance(inner, dict) else {}
    return value


READER: Reader = LangSmith()
