"""Other engines beside ours, on the same feed, the same walks and the same questions.

``export`` writes a built network as plain GTFS, ``ends`` finds and keeps the walks of a
question, ``own``, ``own_reach`` and ``with_*`` open the engines, ``run`` asks one of them in a
process of its own, ``rules`` asks our engine again under a peer's known rules, so that every
disagreement gets its name in ``compare``. Which engine is asked what is in ``benchmarks.rows``.
"""
