"""The files that the conversations of ``verify`` are saved as: never over something else."""

from __future__ import annotations

from pathlib import Path

from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import reason_of
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.own_form import to_json
from policy_engine.whole_file import WholeFile


class WitnessFiles:
    """Writes conversations to a folder, as ``broken-1.yaml`` and so on, which ``simulate`` reads.

    A file that is there already and says the same is left; one that says anything else is not overwritten:
    ``save`` raises Usage, as where the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def save(self, conversation: Conversation, promise: str) -> str:
        """Write a conversation that breaks a promise; the name of its file."""
        self._number += 1
        path = self._folder / f"broken-{self._number}.yaml"
        text = _yaml(conversation, path.stem, promise)
        try:
            if path.exists():
                if path.read_bytes() == text.encode():
                    return str(path)
                raise Usage(f"`{path}` exists and says something else: it is not overwritten")
            self._folder.mkdir(parents=True, exist_ok=True)
            with WholeFile(path) as file:
                file.write([text])
        except OSError as fault:
            why = reason_of(fault)
            raise Usage(f"`{path}` cannot be written: {why}") from None
        return str(path)


def _yaml(conversation: Conversation, name: str, promise: str) -> str:
    import yaml

    said = " ".join(promise.split())
    form = {**to_json(conversation), "id": name}
    written = yaml.safe_dump(form, sort_keys=False, allow_unicode=False, default_flow_style=None, width=110)
    return f"# breaks: {said.encode('ascii', 'replace').decode()}\n{written}"
