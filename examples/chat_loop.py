"""Where the state lives in a chat service: one session per chat, stored as text between two messages.

    python examples/chat_loop.py
"""

from pathlib import Path

import policy_engine as pe

POLICY = pe.load(Path(__file__).parent.parent / "policies" / "last_resort.policy")  # once, when the service starts
LOOKED_FOR = {"self-harm": None, "imminent-harm": None, "harassment": None, "refusal": None}  # by the classifiers
SESSIONS: dict[str, str] = {}  # your database: the chat's id, and its saved session


def heard(chat: str, message: pe.Message) -> pe.Decision:
    """Call this after every message, the user's and the assistant's; do what the decision says."""
    saved = SESSIONS.get(chat)
    if saved is None:
        session = POLICY.session(looked_for=LOOKED_FOR, attributes={"model": "opus-4"})
    else:
        session = POLICY.restore(saved)
    decision = session.observe(message)
    SESSIONS[chat] = session.save()
    return decision


def main() -> None:
    """Two chats at once: one of insults, and one of somebody in distress."""
    insult = pe.Message(pe.Role.USER, (pe.Label("harassment", 0.9),))
    refusal = pe.Message(pe.Role.ASSISTANT, (pe.Label("refusal"),))
    distress = pe.Message(pe.Role.USER, (pe.Label("self-harm", 0.9),))
    said = [("one", insult), ("one", refusal), ("two", distress)] + [("one", insult), ("one", refusal)] * 4
    for chat, message in said:
        for done in heard(chat, message).actions:
            print(f"chat {chat}: {done.action} {done.text or ''}".rstrip())


if __name__ == "__main__":
    main()
