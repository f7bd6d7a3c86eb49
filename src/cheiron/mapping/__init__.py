"""From movement to knobs. Adding a mapping is one file, one line here and its test."""

MAPPINGS: dict[str, str] = {
    "map": "cheiron.mapping.map:MapMapping",
    "explore": "cheiron.mapping.explore:LocalExploration",
    "direct": "cheiron.mapping.direct:DirectMapping",
}
"""Name -> "module:Class"."""

TAUGHT: dict[str, str] = {
    "neighbours": "cheiron.mapping.neighbours:NeighboursMapping",
    "gmr": "cheiron.mapping.gmr:GmrMapping",
    "hmm": "cheiron.mapping.hmm:HmmMapping",
    "hierarchical": "cheiron.mapping.hierarchical:HierarchicalMapping",
}
"""Mappings that are learned from demonstrations, name -> "module:Class"."""
