"""Where the state lives in a chat service: one session per chat, stored as text between two messages."""

import policy_engine as pe

# Once, when the service starts. What your classifiers look for: nothing else is ever taken to be absent.
POLICY = pe.load("policies/last_resort.policy")
LOOKED_FOR = dict.fromkeys(("self-harm", "imminent-harm", "harassment", "refusal"))
SESSIONS: dict[str, str] = {}  # your database: the chat's id, and its saved session


def heard(chat: str, message: pe.Message) -> pe.Decision:
    """Call this after every message, the user's and the assistant's; do what the decision says."""
    if chat in SESSIONS:
        session = POLICY.restore(SESSIONS[chat])
    else:
        session = POLICY.session(looked_for=LOOKED_FOR, attributes={"model": "opus-4"})
    decision = session.observe(message)
    SESSIONS[chat] = session.save()
    return decision


if __name__ == "__main__":  # two chats at once: one of insults, and one of somebody in distress
    insult = pe.Message(pe.Role.USER, (pe.Label("harassment", 0.9),))
    refusal = pe.Message(pe.Role.ASSISTANT, (pe.Label("refusal"),))
    distress = pe.Message(pe.Role.USER, (pe.Label("self-harm", 0.9),))
    for chat, said in (
        ("one", insult),
        ("two", distress),
        ("one", refusal),
        *[("one", insult), ("one", refusal)] * 4,
    ):
        for done in heard(chat, said).actions:
            print(f"chat {chat}: {done.action} {done.text or ''}".rstrip())
