"""A drawing for programs."""

from __future__ import annotations

from policy_engine.model.model import Policy
from policy_engine.reports.drawing import Drawing
from policy_engine.reports.policy_json import policy_json

FORMAT_VERSION = 1
"""The version of the shape; a key is only ever added within one version."""


def drawing_json(drawing: Drawing, policy: Policy) -> dict[str, object]:
    """The nodes and edges. Ids are unique in one drawing; ``kind`` and ``tie`` say what a node or an edge is."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(policy),
        "applies": drawing.subtitle,
        "notes": list(drawing.notes),
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind.value,
                "text": node.text,
                "details": list(node.details),
                "trial": node.trial,
                "step": node.number,
                "ladder": node.ladder,
            }
            for node in drawing.nodes
        ],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "tie": edge.tie.value,
                "label": edge.label,
                "trial": edge.trial,
            }
            for edge in drawing.edges
        ],
    }
