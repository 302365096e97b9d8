#!/usr/bin/python3
"""Checks a file of the record offline: a bundle, the proof of one event, or evidence.

  verify.py FILE --vkey VKEY                      a bundle that `liaison export --bundle` wrote
  verify.py FILE --vkey VKEY --leaf LEAF          a tlog-proof, and the event's leaf in base64
  verify.py --evidence FILE --vkey VKEY           two histories that one log has signed

Needs Python 3.11 and python3-cryptography, no hub and no network. Exit code 0: valid (of evidence:
it convicts the log); 1: not; 2: it was not asked rightly, nothing was checked.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from liaison_verify import bundle, check, evidence, note, trust  # noqa: E402
from liaison_verify.merkle import ProofError, leaf_hash  # noqa: E402
from liaison_verify.record import RecordError, parse_leaf  # noqa: E402
from liaison_verify.report import printable  # noqa: E402

VALID, INVALID, USAGE = 0, 1, 2


class UsageError(Exception):
    """Nothing was checked, and why."""


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def text_or_file(argument):
    """What was written, or what stands in the file of that name."""
    if os.path.isfile(argument):
        return read(argument).decode("utf-8", "replace").strip()
    return argument.strip()


def parse_key(argument, algorithm=note.ED25519):
    try:
        key = note.parse_vkey(text_or_file(argument))
    except note.NoteError as error:
        raise UsageError(error) from error
    if key.algorithm != algorithm:
        raise UsageError(f"{key.name}: that is no key of a log")
    return key


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], add_help=True)
    parser.add_argument("file", nargs="?", help="bundle, tlog-proof or evidence")
    parser.add_argument("--vkey", help="the log's key, as text or in a file; from its operator's "
                        "site, a letter, another participant: not from where the file came from")
    parser.add_argument("--registry-vkey", action="append", default=[],
                        help="the registry's key, where it is not the log's own")
    parser.add_argument("--policy", "--witness-policy", dest="witness_policy", metavar="FILE",
                        help="a C2SP tlog-policy: which witnesses must have seen the checkpoint")
    parser.add_argument("--origin-vkey", action="append", default=[],
                        help="the key of another hub's log, for events that came from there")
    parser.add_argument("--since", metavar="FILE",
                        help="a checkpoint that you kept: is this still the same history?")
    parser.add_argument("--evidence-file", metavar="FILE",
                        help="where to write that the log signed two histories, if it did")
    parser.add_argument("--leaf", help="the leaf that a tlog-proof is about")
    parser.add_argument("--evidence", metavar="FILE", help="the file is evidence of two histories")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    if (options.file is None) == (options.evidence is None):
        parser.error("one file is checked at a time")
    return options


def need_bundle(options, kind):
    """What was asked and is not done would pass for done."""
    unused = [name for name, value in (("--since", options.since),
                                       ("--evidence-file", options.evidence_file),
                                       ("--registry-vkey", options.registry_vkey),
                                       ("--origin-vkey", options.origin_vkey)) if value]
    if unused:
        raise UsageError(f"{', '.join(unused)}: only of a bundle, and this is {kind}")


def trust_of(options):
    policy = note.Policy()
    if options.witness_policy:
        try:
            policy = note.parse_policy(read(options.witness_policy).decode("utf-8", "replace"))
        except note.NoteError as error:
            raise UsageError(error) from error
    if options.vkey:
        vkey = parse_key(options.vkey)
    elif len(policy.logs) == 1:
        vkey = policy.logs[0]
    else:
        raise UsageError("whose log is it? Give its key with --vkey. A key that comes with the "
                         "file proves nothing: ask the operator, or another participant")
    return trust.Trust(vkey, [parse_key(key) for key in options.registry_vkey], policy,
                       [parse_key(key) for key in options.origin_vkey],
                       read(options.since) if options.since else b"")


def show_failure(output, kind, why):
    if output == "json":
        print(json.dumps({"kind": kind, "valid": False, "error": str(why)}))
    else:
        print(f"INVALID: {printable(why)}")
    return INVALID


def verify_bundle(path, trusted, output, evidence_file):
    try:
        with open(path, "rb", buffering=1 << 20) as file:
            report = check.check_bundle(file, trusted)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if report.evidence is not None and evidence_file:
        try:
            with open(evidence_file, "xb") as file:
                file.write(report.evidence.encode())
        except OSError as error:
            raise UsageError(f"{evidence_file}: {error.strerror}") from error
    if output == "json":
        print(json.dumps({"kind": "bundle", **report.to_json()}, ensure_ascii=False))
    else:
        print(report.to_text())
    return VALID if report.valid else INVALID


def verify_evidence(path, trusted, output):
    try:
        older, newer = evidence.check_evidence(evidence.parse_evidence(read(path)), trusted.vkey)
    except (note.NoteError, ProofError) as error:
        return show_failure(output, "evidence", error)
    if output == "json":
        print(json.dumps({"kind": "evidence", "valid": True, "origin": older.origin,
                          "older": {"size": older.size, "root": older.root.hex()},
                          "newer": {"size": newer.size, "root": newer.root.hex()}}))
    else:
        print(f"The log {printable(older.origin)} has signed two histories:\n"
              f"  size {older.size}, root {older.root.hex()}\n"
              f"  size {newer.size}, root {newer.root.hex()}\n"
              f"and the second does not have the first's root at size {older.size}.\n"
              "VALID: the evidence holds. Only whoever has the log's key can have made it.")
    return VALID


def verify_proof(path, trusted, leaf_argument, output):
    if not leaf_argument:
        raise UsageError("a proof is about a leaf: give it with --leaf")
    try:
        leaf_bytes = note.decode_base64(text_or_file(leaf_argument))
        leaf = parse_leaf(leaf_bytes)
    except (note.NoteError, RecordError) as error:
        raise UsageError(f"--leaf: {error}") from error
    try:
        proof = note.parse_proof_file(read(path))
        checkpoint, signers = trust.read_checkpoint(proof.note, trusted.origin, [trusted.vkey])
        witnesses, wrong = trust.cosigners(proof.note, trusted.policy)
        proof.verify(leaf_hash(leaf_bytes))
        if wrong or not trusted.policy.is_met(key for key, _ in witnesses):
            raise note.NoteError("; ".join(wrong) or "fewer witnesses than the policy asks for")
        if leaf.sequence != proof.index + 1:
            raise ProofError(f"the leaf says that it is event {leaf.sequence}, the proof is of "
                             f"event {proof.index + 1}")
    except (note.NoteError, ProofError) as error:
        return show_failure(output, "proof", error)
    names = [key.name for key, _ in signers + witnesses]
    if output == "json":
        print(json.dumps({"kind": "proof", "valid": True, "origin": checkpoint.origin,
                          "size": checkpoint.size, "sequence": leaf.sequence,
                          "digest": leaf.digest.hex(), "signed_by": names}))
    else:
        print(printable(f"VALID: event {leaf.sequence} is in the log {checkpoint.origin}, as of "
                        f"size {checkpoint.size} signed by {', '.join(names)}."))
    return VALID


def run(arguments):
    options = parse_arguments(arguments)
    trusted = trust_of(options)
    if options.evidence:
        need_bundle(options, "evidence")
        return verify_evidence(options.evidence, trusted, options.output)
    try:
        with open(options.file, "rb") as file:
            beginning = file.read(64)
    except OSError as error:
        raise UsageError(f"{options.file}: {error.strerror}") from error
    if beginning.startswith(evidence.MAGIC.encode() + b"\n"):
        need_bundle(options, "evidence")
        return verify_evidence(options.file, trusted, options.output)
    if beginning.startswith(b"c2sp.org/tlog-proof@v1\n"):
        need_bundle(options, "a tlog-proof")
        return verify_proof(options.file, trusted, options.leaf, options.output)
    if not beginning.startswith(bundle.MAGIC):
        raise UsageError(f"{options.file}: neither bundle, tlog-proof nor evidence")
    if options.leaf:
        raise UsageError("--leaf: only of a tlog-proof, and this is a bundle")
    return verify_bundle(options.file, trusted, options.output, options.evidence_file)


def main():
    try:
        return run(sys.argv[1:])
    except UsageError as error:
        print(f"verify.py: {printable(error)}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        return INVALID  # nobody read the answer, so nobody may take it for a yes


if __name__ == "__main__":
    sys.exit(main())
