"""Who pulls what from whom in a ring, a star and a mesh, and policies that differ, drawn by lot."""

import collections

from federation_model import Link, Rule

TOPOLOGIES = ("mesh", "ring", "star")
# Audiences of every hub, and topics of the core scheme.
GROUPS = ("public", "partners", "mag")
# A named group of every hub, and what is left of it once it is narrowed.
TEAM, SMALLER_TEAM = "team@1", "team@2"
ALL_AUDIENCES = (*GROUPS, TEAM, SMALLER_TEAM)
RELAYING_PAIRS = 2  # of a mesh
# A peer of everybody, to whom everything may go: the test itself.
INSPECTOR = "org/inspector"
TOPICS = ("access", "access.remote", "cyber", "data", "unspecified")


def authors_of(hub):
    """The last one signs; the others are attested."""
    return (f"org/{hub}-a", f"org/{hub}-b", f"org/{hub}-b/desk", f"org/{hub}-key")


def neighbours(topology, names):
    """Pairs that hear each other; hubs in between relay."""
    if topology == "mesh":
        return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]]
    if topology == "star":
        return [(names[0], b) for b in names[1:]]
    return [(a, names[(i + 1) % len(names)]) for i, a in enumerate(names)]


def audiences(names, *groups):
    return tuple(f"{name}/{group}" for name in names for group in groups)


def draw_rules(rng, names):
    """Rules for events of the hubs `names`, of a kind drawn by lot."""
    public = audiences(names, "public")
    some = tuple(author for name in names for author in (f"org/{name}-b", f"org/{name}-key"))
    return rng.choice((
        (Rule("the public record", public),),
        (Rule("the public record, and what is for partners",
              audiences(names, "public", "partners")),),
        (Rule("the team as it was", audiences(names, "public", TEAM)),),
        (Rule("the team", audiences(names, TEAM, SMALLER_TEAM)),
         Rule("the public record", public)),
        (Rule("not this topic", audiences(names, *GROUPS), topics=("access",), withhold=True),
         Rule("the rest", audiences(names, "public", "mag"))),
        (Rule("signals", public, kinds=("topic-signal", "organisation", "key")),),
        (Rule("some say it to the mag", audiences(names, "mag"), authors=some, topics=("data",)),
         Rule("the public record", public)),
        (Rule("not this one", public, authors=tuple(f"org/{n}-b/desk" for n in names),
              withhold=True),
         Rule("theirs", public, authors=some),
         Rule("of all others signals", public, kinds=("topic-signal",)),),
    ))


class Policies:
    """All links of a topology with what may go, and what each hub takes of each origin."""

    def __init__(self, rng, topology, names):
        self.names = names
        self.links = []
        self.receive = {}  # (hub, origin) -> rules
        pairs = neighbours(topology, names)
        # In a mesh some are silent, and some relay although everybody hears everybody.
        silent = rng.choice(pairs) if topology == "mesh" else None
        relaying = set(rng.sample(pairs, RELAYING_PAIRS)) if topology == "mesh" else set(pairs)
        for a, b in pairs:
            for puller, source in ((a, b), (b, a)):
                # Whoever relays offers the puller its own log as well; no policy may ask for that.
                others = tuple(n for n in names if n != source)
                origins = (source, *others) if (a, b) in relaying else (source,)
                send = () if (a, b) == silent and source == a else draw_rules(rng, names)
                self.links.append(Link(puller, source, origins, send))
        for hub in names:
            for origin in names:
                self.receive[hub, origin] = draw_rules(rng, (origin,)) if hub != origin else (
                    Rule("whatever there is", audiences((hub,), *ALL_AUDIENCES)),)

    def toml(self, hub, addresses, checkpoints):
        """The policy of one hub. `addresses`: (puller, source) -> where that line is dialled;
        `checkpoints`: hub -> what it says of its log."""
        origin = {name: said.log_origin for name, said in checkpoints.items()}
        peers = collections.defaultdict(list)
        rules = []
        for link in self.links:
            if link.puller == hub:
                peers[link.source] += [
                    f'address = "{addresses[hub, link.source]}"', f'calls_as = "org/hub-{hub}"',
                    f"origins = {listed(origin[o] for o in link.origins if o != hub)}"]
            elif link.source == hub:
                relays = [origin[o] for o in link.origins if o != hub]
                peers[link.puller] += [f'organisation = "org/hub-{link.puller}"',
                                       *([f"relays = {listed(relays)}"] if relays else [])]
                rules += [rule.toml(f"peer.{link.puller}.send") for rule in link.send]
        peers["inspector"] = [f'organisation = "{INSPECTOR}"',
                              f"relays = {listed(o for n, o in origin.items() if n != hub)}"]
        rules.append(Rule("whatever there is", audiences(self.names, *ALL_AUDIENCES)).toml(
            "peer.inspector.send"))
        text = [f"[peer.{peer}]\n" + "\n".join(lines) + "\n" for peer, lines in peers.items()]
        for name in self.names:
            text.append(f'[origin."{origin[name]}"]\nvkey = "{checkpoints[name].log_vkey}"\n')
            text += [rule.toml(f'origin."{origin[name]}".receive')
                     for rule in self.receive[hub, name]]
        return "\n".join(text + rules)


def listed(names):
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
