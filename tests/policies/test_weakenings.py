"""What is taken out and weakened: a clause that this list forgets could be without effect unseen."""

from __future__ import annotations

from policies.weakenings import weakenings
from sound import policy_of

POLICY = """
applies when model is opus-4 or sonnet-4
group unkind = hate or harassment
points abuse = 1 per harassment, 3 per hate

rule counted
  after every 2 refusals on the same category of unkind within 10 turns, add a strike and ask a person to review,
  at most once in 4 turns, only if user.strikes is at least 2,
  except when self-harm has been detected from the user in the last 5 turns

trial rule scored
  after 5 points of abuse, starting over when an appeal is granted, end the chat

rule first
  when sexual or sexual/minors is first detected or could not be checked, end the chat

rule warned
  after 1 refusal since the last strike and 2 redirections in a row, warn the user "Please stop."

rule clock
  every 2 hours, remind the user "Time for a break?", except when a warning has been given

ladder steps on hate
  after 2 refusals, warn the user "Please stop."
  after 1 more refusal, add a strike
  start over after 6 turns without a refusal

never end the chat when self-harm at 0.8 has been detected and hate has not been detected in this turn
rule first overrides rule clock
"""

EXPECTED = """
rule clock: taken out
rule clock: 14400 seconds instead of 7200
rule clock: 3600 seconds instead of 7200
rule clock: without an exception
rule clock: except: in this turn only
rule counted: taken out
rule counted: refusal: 3 instead of 2
rule counted: refusal: 1 instead of 2
rule counted: refusal: on anything
rule counted: refusal: without hate
rule counted: refusal: without harassment
rule counted: refusal: without same_category
rule counted: refusal: without a window
rule counted: refusal: 20 turns instead of 10
rule counted: refusal: 5 turns instead of 10
rule counted: without every
rule counted: without add-strike
rule counted: without ask-for-review
rule counted: without only if
rule counted: only if: 3 instead of 2
rule counted: only if: 1 instead of 2
rule counted: without an exception
rule counted: except: from anybody
rule counted: except: in the whole conversation
rule counted: except: in this turn only
rule counted: except: 10 turns instead of 5
rule counted: except: 2 turns instead of 5
rule counted: without at most once
rule counted: 8 turns instead of 4
rule counted: 2 turns instead of 4
rule first: taken out
rule first: without doubt
rule first: without first
rule scored: taken out
rule scored: points: 6 instead of 5
rule scored: points: 4 instead of 5
rule scored: never starting over
rule scored: no longer on trial
rule warned: taken out
rule warned: without refusal
rule warned: without redirection
rule warned: refusal: 2 instead of 1
rule warned: refusal: without since
rule warned: redirection: 3 instead of 2
rule warned: redirection: 1 instead of 2
rule warned: redirection: without in_a_row
ladder steps: taken out
ladder steps: without step warn
ladder steps: without step add-strike
ladder steps: 3 instead of 2
ladder steps: 1 instead of 2
ladder steps: 2 instead of 1
ladder steps: on anything
ladder steps: never starting over
ladder steps: 12 turns instead of 6
ladder steps: 3 turns instead of 6
never end-chat: taken out
never end-chat: without Detected
never end-chat: without Not
never end-chat: self-harm at its own threshold
never end-chat: in this turn only
never end-chat: in the whole conversation
first overrides clock: taken out
applies when: taken out
applies when: without opus-4
applies when: without sonnet-4
points abuse: without harassment
points abuse: without hate
points abuse: harassment 2 instead of 1
points abuse: hate 4 instead of 3
points abuse: hate 2 instead of 3
"""


def test_every_clause_is_taken_out_or_weakened() -> None:
    policy = policy_of(POLICY)
    whats = [each.what for each in weakenings(policy)]
    assert whats == EXPECTED.split("\n")[1:-1]
    assert len(set(whats)) == len(whats)


def test_each_weakening_is_another_policy() -> None:
    policy = policy_of(POLICY)
    fields = ("rules", "ladders", "nevers", "overrides")
    for each in weakenings(policy):
        same = [getattr(each.policy, field) == getattr(policy, field) for field in fields]
        assert not all(same), each.what
