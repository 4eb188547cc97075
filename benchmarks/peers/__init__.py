"""Other engines beside ours, on the same feed, the same walks and the same questions.

``export`` writes a built network as plain GTFS, ``engines`` names the engines, ``run`` asks one
of them in a process of its own, ``rules`` asks our engine again under a peer's known rules, so
that every disagreement gets its name in ``compare``.
"""
