"""What is compared with what: one table."""

import dataclasses

PUBLISH_STREAM_64 = ["publish-stream", "--in-flight", 64]
PUBLISH_STREAM_1024 = ["publish-stream", "--in-flight", 1024, "--per-frame", 32]
PUBLISH_UNARY_64 = ["publish-unary", "--in-flight", 64]
FILTERED = "hub_filtered"


@dataclasses.dataclass(frozen=True)
class Cell:
    """One kind of work, given to the hub and to others in turn."""

    name: str
    load: tuple            # arguments of `load`
    peers: tuple           # whom besides the hub: (name in the ratio, server)
    figure: str = "per_second"
    timed: bool = True     # takes --seconds; else --events, so many that it takes about as long
    preload: bool = False  # reads what was published before


CELLS = (
    Cell("catchup", ("read",), (("bare", "bare"), ("jetstream", "jetstream"),
                                ("postgres", "postgres"), ("redis", "redis")),
         timed=False, preload=True),
    Cell("filtered", ("read", "--filter", "topic = rare"), (("unfiltered", "hub"),),
         timed=False, preload=True),
    Cell("publish_stream_64", tuple(PUBLISH_STREAM_64),
         (("bare", "bare"), ("redis", "redis"), ("rabbitmq", "rabbitmq"),
          ("postgres", "postgres"), ("etcd", "etcd"))),
    Cell("publish_stream_1024", tuple(PUBLISH_STREAM_1024),
         (("bare", "bare"), ("jetstream", "jetstream"), ("redis", "redis"))),
    Cell("publish_unary_64", tuple(PUBLISH_UNARY_64),
         (("bare", "bare"), ("jetstream", "jetstream"))),
    Cell("latency_p50", ("latency", "--per-second", 1000),
         (("bare", "bare"), ("redis", "redis"), ("jetstream", "jetstream")), figure="p50_us"),
    Cell("fanout_100", ("fan-out", "--subscribers", 100),
         (("bare", "bare_single"), ("jetstream", "jetstream"), ("nats", "nats")), timed=False),
    Cell("fanout_1000", ("fan-out", "--subscribers", 1000),
         (("bare", "bare_single"), ("jetstream", "jetstream"), ("nats", "nats")), timed=False),
    Cell("fanout_one_1000", ("fan-out", "--subscribers", 1000, "--one-at-a-time"),
         (("bare", "bare_single"),), timed=False),
)

QUICK = ("publish_stream_64_vs_bare", "publish_unary_64_vs_bare", "fanout_1000_vs_jetstream",
         "catchup_vs_jetstream", "catchup_vs_bare", "filtered_vs_unfiltered")

# (at least or at most, goal, what it is in words); of the median.
GOALS = {
    "publish_stream_64_vs_bare": (">=", 0.8),
    "publish_stream_64_vs_rabbitmq": (">=", 1.0),
    "publish_stream_64_vs_postgres": (">=", 1.0),
    "publish_stream_64_vs_etcd": (">=", 1.0),
    "publish_stream_1024_vs_bare": (">=", 0.8),
    "publish_unary_64_vs_bare": (">=", 0.8),
    "latency_p50_vs_bare": ("<=", 1.3),
    "fanout_100_vs_jetstream": (">=", 1.0),
    "fanout_100_vs_bare": (">=", 3.0),
    "fanout_1000_vs_jetstream": (">=", 1.0),
    "fanout_1000_vs_bare": (">=", 3.0),
    "fanout_one_1000_vs_bare": (">=", 0.8),
    "catchup_vs_jetstream": (">=", 2.0),
    "catchup_vs_bare": (">=", 0.5),
    "filtered_vs_unfiltered": (">=", 50.0),
}


def ratio_names():
    """Every ratio there is, in order."""
    return [f"{cell.name}_vs_{peer}" for cell in CELLS for peer, _ in cell.peers]


def chosen(names):
    """[(cell, [(peer, server)...])] for those ratios, in the table's order."""
    picked = []
    for cell in CELLS:
        peers = [(peer, server) for peer, server in cell.peers
                 if f"{cell.name}_vs_{peer}" in names]
        if peers:
            picked.append((cell, peers))
    return picked
