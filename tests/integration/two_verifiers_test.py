#!/usr/bin/python3
"""Both verifiers on the same files: `liaison verify` and verify.py say the same, for one reason.

The files are those of verify_bundle_test.py: true ones, damaged ones and lies, and a sample of the
damaged ones, since each is a process. Prints how many, and the seed.
"""

import argparse
import collections
import contextlib
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests/integration"), str(PROJECT / "tests/support")]

import hub as hubs  # noqa: E402
import verify_bundle_test as made  # noqa: E402

INVALID = 7  # as client/cli/exit_code.h has it
SAMPLE, LIES = 300, 60
GROUPS = ["Lies", "Bundles.test_everything", "Bundles.test_marks",
          "Bundles.test_header_that_is_written_oddly",
          "Bundles.test_checkpoint_that_was_kept", "Bundles.test_witnesses",
          "Bundles.test_section_that_was_to_be_erased_is_told",
          "Bundles.test_what_another_hub_erased", "Bundles.test_what_one_key_erased_from_elsewhere",
          "Bundles.test_no_other_hub_spoils_what_was_erased_here",
          "Damage.test_marks", "Damage.test_end_record_counts", "Damage.test_cut_off_anywhere",
          "Damage.test_every_field_of_a_part",
          "Damage.test_every_record_left_out_doubled_or_moved"]

options = None


class Disagreement(Exception):
    """The two say different things of one file."""


def witness_options(policy):
    """The policy as `liaison verify` is told it: so many of the witnesses; None for another."""
    said = [word for key in policy.witnesses.values() for word in ("--witness", str(key))]
    if policy.quorum is None:
        return said
    needed, members = policy.groups.get(policy.quorum, (1, [policy.quorum]))
    if set(members) != set(policy.witnesses):
        return None
    return [*said, "--quorum", str(needed)]


def policy_file(policy):
    """The same as a file, which says everything that a policy says."""
    return "".join(f"{line}\n" for line in [
        *(f"log {key}" for key in policy.logs),
        *(f"witness {name} {key}" for name, key in policy.witnesses.items()),
        *(f"group {name} {needed} {' '.join(members)}"
          for name, (needed, members) in policy.groups.items()),
        f"quorum {policy.quorum or 'none'}"])


def origin_options(trusted):
    return [word for key in trusted.origins for word in ("--origin-vkey", str(key))]


class Corpus:
    """What verify_bundle_test checked, with what it found."""

    def __init__(self):
        self.files = []

    def take(self, data, trusted, report):
        # What only one of the two can be told.
        if not trusted.registry_keys:
            self.files.append((data, trusted, report))

    def gather(self):
        made.listeners.append(self.take)
        made.seed = options.seed
        with contextlib.redirect_stderr(io.StringIO()) as said:
            suite = unittest.defaultTestLoader.loadTestsFromNames(GROUPS, made)
            result = unittest.TextTestRunner(stream=said).run(suite)
        made.listeners.clear()
        assert result.wasSuccessful(), said.getvalue()
        self.files = list({
            (data, trusted.since, policy_file(trusted.policy), *origin_options(trusted)):
                (data, trusted, report)
            for data, trusted, report in self.files}.values())


class TwoVerifiers(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def liaison(self, data, trusted, policy):
        """(exit code, the answer) of the other verifier, which is told the policy so."""
        file, since = self.folder / "bundle", self.folder / "since"
        file.write_bytes(data)
        since.write_bytes(trusted.since)
        done = subprocess.run(
            [str(options.bin_dir / "liaison"), "verify", str(file), "--vkey", str(trusted.vkey),
             *(["--since", str(since)] if trusted.since else []),
             *policy, *origin_options(trusted), "--output", "json"],
            capture_output=True, text=True, timeout=60, env={"HOME": str(self.folder)})
        if done.returncode == INVALID and not done.stdout:
            # Cut off inside the first line, it is not taken for a bundle.
            return INVALID, {"valid": False, "faults": [{"name": "format"}]}
        try:
            return done.returncode, json.loads(done.stdout.splitlines()[0])
        except (IndexError, ValueError):
            self.fail(done)

    def compare(self, data, trusted, report):
        """How the two took it, however it was told the policy; raises Disagreement."""
        if not trusted.policy.witnesses:
            return self.compare_with(data, trusted, report, [])
        file = self.folder / "policy"
        file.write_text(policy_file(trusted.policy))
        found = self.compare_with(data, trusted, report, ["--policy", str(file)])
        options_alone = witness_options(trusted.policy)
        if options_alone is not None:
            self.compare_with(data, trusted, report, options_alone)
        return found

    def compare_with(self, data, trusted, report, policy):
        code, answer = self.liaison(data, trusted, policy)
        names = {fault.name for fault in report.faults}
        others = {fault["name"] for fault in answer["faults"]}
        same = answer["valid"] == report.valid and code == (0 if report.valid else INVALID)
        if same and report.valid:
            same = answer["sections"] == report.sections and (
                answer["foreign"] == report.foreign) and all(
                answer[name] == getattr(report, name)
                for name in ("first", "last", "events", "hidden"))
        if not same or not report.valid and not names & others:
            raise Disagreement(f"verify.py: {sorted(names)} {report.faults[:2]}; liaison: "
                               f"{sorted(others)} {answer['faults'][:2]}")
        return ("valid to both" if report.valid else "invalid to both, for the same reasons"
                if names == others else "invalid to both")

    maxDiff = None

    def test_no_name_writes_a_verdict(self):
        log = made.FictionalLog(options.seed)
        key = log.new_key()
        log.rules()
        log.key_event(made.EURODIG, key)
        log.signal("org/\x1b[8mx\nVALID: everything\u202e\x9b", key)
        file = self.folder / "bundle"
        file.write_bytes(made.encode(log.bundle()))
        done = subprocess.run(
            [str(options.bin_dir / "liaison"), "verify", str(file), "--vkey", log.key.vkey,
             "--output", "text"], capture_output=True, text=True, timeout=60)
        lines = done.stdout.splitlines()
        self.assertEqual([line for line in lines if not line.isprintable()], [])
        self.assertEqual([line.split(":")[0] for line in lines if "VALID:" in line],
                         ["FAULT author-key", "INVALID"])

    def test_one_verdict(self):
        corpus = Corpus()
        corpus.gather()
        rng = random.Random(options.seed)
        # All lies and all that is true, for these are few; of what is damaged a sample.
        few = [file for file in corpus.files if file[2].valid]
        rest = [file for file in corpus.files if not file[2].valid]
        chosen = few + rest[:LIES] + rng.sample(rest[LIES:], min(SAMPLE, len(rest) - LIES))
        found, disagreements = collections.Counter(), []
        for data, trusted, report in chosen:
            try:
                found[self.compare(data, trusted, report)] += 1
            except Disagreement as error:
                disagreements.append(str(error))
        for what, count in sorted(found.items()):
            print(f"{count:6} {what}")
        self.assertEqual([], disagreements)
        self.assertGreater(found["valid to both"], 20)
        self.assertGreater(sum(found.values()), SAMPLE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options, rest = parser.parse_known_args()
    print(f"seed {options.seed}", flush=True)
    unittest.main(argv=[sys.argv[0], *rest])
