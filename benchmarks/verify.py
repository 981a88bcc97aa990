"""Proofs about generated policies: what each method takes, side by side, with what it could not do.

The policies are families of coupled rules (`families.py`), each form of promise once kept and once broken, and two
versions of a policy compared. Beside the whole ladder of provers stand two baselines, each by itself: the plain
search of the product of all rules, and z3's Spacer. Every answer is checked: one that is not the expected is told.

Processor time is given, since what is compared runs one after the other. ``python benchmarks/verify.py 30 30``
measures one family only.
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from families import FALSE, TRUE, coupled, independent, vocabulary
from table import bound, rows, title

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy
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

FAMILIES = ((10, 10, 5.0), (30, 30, 5.0), (100, 60, 10.0))
"""Rules, categories, and the seconds that each answer may take."""
PATIENCE, BASELINE_PATIENCE = 40.0, 3.0
"""Seconds of the clock that the ladder, and a baseline, are given."""
MEGABYTES = 1024

Prove = Callable[[Question], Answer]


def by_ladder(question: Question) -> Answer:
    return ladder().answer(question, Budget(PATIENCE))


def by_search(question: Question) -> Answer:
    return Explicit(is_cut=False).answer(question, Budget(BASELINE_PATIENCE, 100_000))


def by_spacer(question: Question) -> Answer:
    """Spacer tells no shortest conversation: only whether there is one."""
    problem = written(question)
    budget = Budget(BASELINE_PATIENCE)
    try:
        cone = cone_of(problem.system, [problem.bad])
        return (
            Never("Spacer") if is_never(cone, problem.bad, BASELINE_PATIENCE, budget) else GaveUp("it can be")
        )
    except OutOfBudget as end:
        return GaveUp(str(end))


def timed(prove: Prove, question: Question) -> tuple[float, Answer]:
    start = time.process_time()
    answer = prove(question)
    return time.process_time() - start, answer


def said(taken: float, answer: Answer) -> str:
    match answer:
        case Never():
            return f"{taken:.2f} s never"
        case Shown(conversation):
            return f"{taken:.2f} s {len(conversation.messages)} messages"
        case GaveUp("it can be"):
            return f"{taken:.2f} s it can be"
        case GaveUp(_, covered):
            return f"{taken:.2f} s gave up" + (f" after {covered} messages" if covered else "")


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

    def questions(self) -> Iterable[tuple[str, bool, Question]]:
        """A name, whether it can ever be, and the question: each form, true and false, and differences."""
        text = coupled(self.rules, self.categories)
        for truth, promises in (("true", TRUE), ("false", FALSE)):
            policy = self.policy(text, promises.values())
            for name, promise in zip(promises, policy.promises, strict=True):
                can_be = (truth == "false") != name.startswith("in some")
                yield f"{truth}: {name}", can_be, question_of(policy, promise)
        old = self.policy(text)
        for name, can_be, new in (
            ("diff: the same", False, text),
            ("diff: other names and order", False, coupled(self.rules, self.categories, renamed=True)),
            ("diff: written differently", False, differently(text)),
            ("diff: an exception lost", True, coupled(self.rules, self.categories, broken=True)),
        ):
            policies = (old, self.policy(new))
            yield name, can_be, Question(policies, (own_view(policies), own_view(policies, 1)), Differ(0, 1))


def differently(text: str) -> str:
    """The same policy, where exceptions of rules say `only if … has not been`."""
    return re.sub(
        r"(ask a person to review), except when crisis has been detected",
        r"\1, only if crisis has not been detected",
        text,
    )


def measure(rules: int, categories: int, limit: float) -> None:
    title(f"{rules} coupled rules over {categories} categories")
    entries = [("", "ladder", "plain search · Spacer alone")]
    slowest, wrong = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        for name, can_be, question in Family(Path(folder), rules, categories).questions():
            taken, answer = timed(by_ladder, question)
            slowest = max(slowest, taken)
            is_right = isinstance(answer, Shown) if can_be else isinstance(answer, Never)
            if isinstance(answer, Shown):
                is_right = is_right and is_shown(question, answer.conversation)
            if not is_right:
                wrong.append(name)
            others = " · ".join(said(*timed(prove, question)) for prove in (by_search, by_spacer))
            entries.append((name, said(taken, answer), others))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows(entries)
    bound(f"each below {limit:g} s of processor time (slowest: {slowest:.2f} s)", slowest < limit)
    bound("each answered as it should be" + "".join(f"; not: {each}" for each in wrong), not wrong)


def measure_independent(rules: int, categories: int) -> None:
    title(f"{rules:,} rules that have nothing in common but the end")
    with tempfile.TemporaryDirectory() as folder:
        promises = {
            "kept": "the chat is never ended once crisis has been detected",
            "broken": "the chat is never ended once topic-05 has been detected",
        }
        family = Family(Path(folder), rules, categories)
        policy = family.policy(independent(rules, categories), promises.values())
        entries = []
        for name, promise in zip(promises, policy.promises, strict=True):
            taken, answer = timed(by_ladder, question_of(policy, promise))
            entries.append((name, said(taken, answer), ""))
            bound(f"{name}: below 2 s", taken < 2.0)
    rows(entries)


def main() -> int:
    given = [int(each) for each in sys.argv[1:3]]
    for rules, categories, limit in FAMILIES:
        if given in ([], [rules, categories]):
            measure(rules, categories, limit)
    if not given:
        measure_independent(1_000, 60)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    bound(f"memory below {MEGABYTES:,} MB (at most {used:,} MB)", used < MEGABYTES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
