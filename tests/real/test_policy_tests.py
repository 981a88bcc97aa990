"""`never` and `always` over published chats: a test file may name any log that `simulate` reads."""

from __future__ import annotations

import shutil
from pathlib import Path

from policytest.suites import suite_in
from transcripts.published import published

from policy_engine.policytest.running import run_suite
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

POLICY = """
rule ending
  after 2 refusals on hate, end the chat
rule support
  when self-harm could not be checked, offer support crisis-line
"""
CHECKS = """
never: [end the chat, offer support]
always:
  - when the user asks to end, support is offered in the same turn
conversations: chats
"""


def test_checks_are_judged_over_the_crisis_chats(tmp_path: Path) -> None:
    shutil.copytree(published("vera-mh", "conversations"), tmp_path / "chats")
    suite = suite_in(tmp_path, POLICY, CHECKS)
    others = [each for each in read_conversations(suite.others) if isinstance(each, Conversation)]
    assert len(others) == 105
    ending, support, promise = run_suite(suite, others).checks
    assert (ending.broken, ending.spoken_of) == (0, 105)
    assert support.broken == 105  # nobody looked for self-harm
    assert {each.message for each in support.breaches} == {1}
    assert (promise.broken, promise.passed) == (0, True)
