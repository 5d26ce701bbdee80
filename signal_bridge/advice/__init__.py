"""The adviser: adaptive control as somebody who asks, never as somebody who commands.

    observations --> sight --+
                             +--> counsel (signal_bridge.control) --> wish --> signed request --> broker --> bridge
    signal/status -----------+

A process of its own (docs/decisions/0112). It has a key like everybody who asks, of role `automatic`: at the bridge its
request becomes a proposal or, within the hours and bounds of `automatic`, a lease under the envelope. When it dies,
nothing more is asked, what was leased runs out, and the junction is on its plan.
"""
