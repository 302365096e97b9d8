"""All kinds of faults, in the order in which a campaign tries them."""

import shutil

from bad_readers import BadReaders
from clock_jumps import ClockJumps
from disk_faults import BitFlips, NoRoom, NthCall, PowerLoss
from kills import Kills, PointKills
from small_disk import SmallDisks
from small_memory import SmallMemory
from stops import Stops

KINDS = (Kills, Stops, PointKills, SmallDisks, ClockJumps, BadReaders, SmallMemory,
         PowerLoss, NthCall, NoRoom, BitFlips)
ON_THE_LOG_ALONE = {kind.name for kind in (PowerLoss, NthCall, NoRoom, BitFlips)}


def targets(kinds):
    """What has to be built for them."""
    names = {kind.name for kind in kinds}
    hub = ["liaisond", "liaison", "jumping_clock"] if names - ON_THE_LOG_ALONE else []
    return hub + (["storage_faults"] if names & ON_THE_LOG_ALONE else [])


def remove_unless_kept(folder, document):
    """The folder of the campaign goes, unless somebody has to look into it."""
    if not any(kind["kept"] for kind in document["kinds"].values()):
        shutil.rmtree(folder, ignore_errors=True)
