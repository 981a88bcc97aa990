"""Proofs about generated policies: what each method takes, side by side, with what it could not do.

The policies are families of coupled rules (`families.py`), each form of promise once kept and once broken, and two
versions of a policy compared. Beside the verdict, with all that `verify` does for it, stand two baselines, each by
itself: the plain search of the product of all rules, and z3's Spacer. Every answer is checked: one that is not the
expected is told.

Processor time is given, since two are measured at a time. Each has a process of its own (`apart.py`), which is ended
where it takes too long. ``python benchmarks/verify.py 30 30`` measures one family only.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from apart import Measured, Task, measured
from families import FALSE, TRUE, coupled, independent, vocabulary
from table import bound, rows, title

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy, Promise
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.ladder import ladder
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Differ, Question, own_view
from policy_engine.verify.replay import is_shown
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.problem import written
from policy_engine.verify.symbolic.solving import OutOfBudget
from policy_engine.verify.symbolic.spacer import is_never
from policy_engine.verify.verdict import Finding, verdict_on

FAMILIES = ((10, 10, 5.0), (30, 30, 5.0), (100, 60, 10.0))
"""Rules, categories, and the seconds that each answer may take."""
INDEPENDENT, TOGETHER = (1_000, 60), 2.0
"""Rules and categories of the policy whose rules have nothing in common, and the seconds of each answer."""
PATIENCE, BASELINE_PATIENCE = 20.0, 2.0
"""Seconds that the verdict, and a baseline, are given."""
MEGABYTES, MOST_MEGABYTES = 1_024, 3_072
"""What is asked for, and what a process may use (addresses, of which not all are filled)."""
STATES = 100_000
"""States that the plain search may keep."""
AT_ONCE = 2
NO_ANSWER, TOO_WIDE = "no answer", "no answer: too many messages differ"

Prove = Callable[[Question], Answer]
Work = Callable[[], tuple[float, str, bool]]


# --- Methods ------------------------------------------------------------------------------


def by_ladder(question: Question) -> Answer:
    return ladder().answer(question, Budget(PATIENCE))


def by_search(question: Question) -> Answer:
    return Explicit(is_cut=False).answer(question, Budget(BASELINE_PATIENCE, STATES))


def by_spacer(question: Question) -> Answer:
    """Spacer tells no shortest conversation: only whether there is one."""
    problem = written(question)
    cone = cone_of(problem.system, [problem.bad])
    try:
        # It goes by the clock itself; what ends it is the limit of its process, which goes by its own work.
        is_shown_never = is_never(cone, problem.bad, PATIENCE, Budget(PATIENCE))
    except OutOfBudget as end:
        return GaveUp(str(end))
    return Never("Spacer") if is_shown_never else GaveUp("it can be")


def asked(prove: Prove, question: Question, can_be: bool) -> Work:
    """A question, answered and held against what is expected; a conversation is run again."""

    def work() -> tuple[float, str, bool]:
        start = time.process_time()
        answer = prove(question)
        taken = time.process_time() - start
        match answer:
            case Never():
                return taken, "never", not can_be
            case Shown(conversation):
                return taken, counted(conversation.messages), can_be and is_shown(question, conversation)
            case GaveUp("it can be"):
                return taken, "it can be", can_be
            case GaveUp(reason):
                return taken, TOO_WIDE if "more than" in reason else NO_ANSWER, False

    return work


def judged(policy: Policy, promise: Promise, can_be: bool) -> Work:
    """A verdict with all that `verify` does for it: also what is run again, and whether there is ever an occasion."""

    def work() -> tuple[float, str, bool]:
        start = time.process_time()
        verdict = verdict_on(policy, promise, None, ladder(), PATIENCE)
        taken = time.process_time() - start
        if verdict.finding is Finding.GAVE_UP:
            return taken, "gave up", False
        if verdict.conversation is None:
            return taken, "never", not can_be and not verdict.is_vacuous
        return taken, counted(verdict.conversation.messages), can_be

    return work


def counted(messages: tuple[object, ...]) -> str:
    return f"{len(messages)} messages"


# --- Families -----------------------------------------------------------------------------


class Asked:
    """One row: a question, whether it can ever be, and how the command answers it."""

    def __init__(self, name: str, question: Question, can_be: bool, work: Work) -> None:
        self.name = name
        self.question = question
        self.can_be = can_be
        self.work = work


class Family:
    """Policies of one size, in a folder with their vocabulary."""

    def __init__(self, folder: Path, rules: int, categories: int) -> None:
        self.folder = folder
        self.rules = rules
        self.categories = categories
        (folder / "topics.yaml").write_text(vocabulary(categories), encoding="utf-8")

    def policy(self, text: str, promises: Iterable[str] = ()) -> Policy:
        """The policy that a text writes, with these promises."""
        path = self.folder / "family.policy"
        path.write_text("\n".join([text, *(f"check that {each}" for each in promises)]), encoding="utf-8")
        loaded = load_policy(path)
        assert loaded.policy is not None, loaded.diagnostics
        return loaded.policy

    def all_asked(self) -> Iterator[Asked]:
        """Each form of promise, true and false, and differences."""
        text = coupled(self.rules, self.categories)
        for truth, promises in (("true", TRUE), ("false", FALSE)):
            yield from self.promised(text, {f"{truth}: {name}": each for name, each in promises.items()})
        old = self.policy(text)
        for name, can_be, new in (
            ("diff: the same", False, text),
            ("diff: other names and order", False, coupled(self.rules, self.categories, renamed=True)),
            ("diff: written differently", False, differently(text)),
            ("diff: an exception lost", True, coupled(self.rules, self.categories, broken=True)),
        ):
            policies = (old, self.policy(new))
            question = Question(policies, (own_view(policies), own_view(policies, 1)), Differ(0, 1))
            yield Asked(name, question, can_be, asked(by_ladder, question, can_be))

    def promised(self, text: str, promises: dict[str, str]) -> Iterator[Asked]:
        """Promises by their names, which begin with whether they are kept."""
        policy = self.policy(text, promises.values())
        for name, promise in zip(promises, policy.promises, strict=True):
            can_be = name.startswith("false") != ("in some" in name)
            yield Asked(name, question_of(policy, promise), can_be, judged(policy, promise, can_be))


def differently(text: str) -> str:
    """The same policy, where exceptions of rules say `only if … has not been`."""
    return re.sub(
        r"(ask a person to review), except when crisis has been detected",
        r"\1, only if crisis has not been detected",
        text,
    )


# --- What is printed ----------------------------------------------------------------------


def told(found: Measured | None, seconds: float) -> str:
    if found is None:
        return f"no answer in {seconds:g} s"
    if found.said in (NO_ANSWER, TOO_WIDE):
        return found.said
    return f"{found.seconds:.2f} s {found.said}"


def measure(name: str, questions: Iterable[Asked], limit: float) -> None:
    """The table of one family, and what was asked for."""
    title(name)
    baselines: tuple[tuple[str, Prove], ...] = (("search", by_search), ("Spacer", by_spacer))
    tasks = []
    names = []
    for each in questions:
        names.append(each.name)
        tasks.append(Task(f"{each.name}|verdict", each.work, PATIENCE + limit, MOST_MEGABYTES))
        tasks += [
            Task(
                f"{each.name}|{way}",
                asked(prove, each.question, each.can_be),
                BASELINE_PATIENCE,
                MOST_MEGABYTES,
            )
            for way, prove in baselines
        ]
    found = {task.name: (task, done) for task, done in measured(tasks, AT_ONCE)}
    print(file=sys.stderr)
    entries = [("", "verdict", "plain search · Spacer alone")]
    verdicts = {each: found[f"{each}|verdict"][1] for each in names}
    for each in names:
        others = " · ".join(told(found[f"{each}|{way}"][1], BASELINE_PATIENCE) for way, _ in baselines)
        entries.append((each, told(verdicts[each], PATIENCE), others))
    rows(entries)
    slow = [each for each, done in verdicts.items() if done is None or done.seconds >= limit]
    wrong = [each for each, done in verdicts.items() if done is None or not done.is_right]
    silent = (NO_ANSWER, TOO_WIDE)
    wrong += [
        task.name
        for task, done in found.values()
        if task.name.split("|")[1] != "verdict" and done and not done.is_right and done.said not in silent
    ]
    used = max((done.megabytes for done in verdicts.values() if done is not None), default=0)
    slowest = max((done.seconds for done in verdicts.values() if done is not None), default=PATIENCE)
    bound(f"each verdict below {limit:g} s (slowest: {slowest:.2f} s){besides(slow)}", not slow)
    bound(f"each as it should be{besides(wrong)}", not wrong)
    bound(
        f"memory below {MEGABYTES:,} MB (at most {used:,} MB)",
        used < MEGABYTES and None not in verdicts.values(),
    )


def besides(names: Iterable[str]) -> str:
    return "".join(f"; not: {each}" for each in names)


def main() -> int:
    given = [int(each) for each in sys.argv[1:3]]
    for rules, categories, limit in FAMILIES:
        if given in ([], [rules, categories]):
            with tempfile.TemporaryDirectory() as folder:
                family = Family(Path(folder), rules, categories)
                measure(f"{rules} coupled rules over {categories} categories", family.all_asked(), limit)
    if given in ([], list(INDEPENDENT)):
        rules, categories = INDEPENDENT
        promises = {
            "true: never ... once": "the chat is never ended once crisis has been detected",
            "false: never ... once": "the chat is never ended once topic-05 has been detected",
        }
        with tempfile.TemporaryDirectory() as folder:
            family = Family(Path(folder), rules, categories)
            asked_of_all = family.promised(independent(rules, categories), promises)
            measure(f"{rules:,} rules that have nothing in common but the end", asked_of_all, TOGETHER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
