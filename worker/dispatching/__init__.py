"""The dispatcher: keeps a model server full from many work units at once.

units ──claim──▶ Pool ──asks──▶ Lane (a server: queue, window, warm-up) ──answers──▶ Store
                  ▲                                                                   │
                  └──────────── asks of the next stage, the moment they can be ◀──────┘
"""
