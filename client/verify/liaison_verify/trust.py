"""What a verifier believes before it opens a file, and what notes look like in that light."""

import dataclasses

from .note import (ED25519, NoteError, Policy, VerifierKey, parse_checkpoint, parse_note, verified)


@dataclasses.dataclass
class Trust:
    """The log's key, by means other than the file; and, where somebody asks for more, more."""

    vkey: VerifierKey
    registry_keys: list = dataclasses.field(default_factory=list)
    policy: Policy = dataclasses.field(default_factory=Policy)
    origins: list = dataclasses.field(default_factory=list)  # keys of other hubs' logs
    since: bytes = b""  # a checkpoint that was kept from before, as a note

    @property
    def origin(self):
        return self.vkey.name

    def keys_of_registry(self):
        """The log's own key under the registry's name, where no other was named."""
        return self.registry_keys or [
            VerifierKey(f"{self.origin}/registry", ED25519, self.vkey.public)]


def read_checkpoint(data, origin, keys):
    """(checkpoint, [(key, None)]): of that origin, and signed by one of the keys at least."""
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise NoteError(f"it is of the log {checkpoint.origin!r}, not of {origin!r}")
    signers = verified(note, keys)
    if not signers:
        raise NoteError(f"it is not signed by the key of {origin}")
    return checkpoint, signers


def cosigners(data, policy):
    """([(key, time)] of the policy's witnesses that cosigned, what is wrong with others)."""
    note = parse_note(data)
    good, wrong = [], []
    for witness in policy.witnesses.values():
        try:
            good += verified(note, [witness])
        except NoteError as error:
            wrong.append(str(error))
    return good, wrong
