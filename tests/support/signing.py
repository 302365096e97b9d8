"""How a partner signs by itself, in a language that is not ours."""

import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import record
from contract import event, types

KEY_POSSESSION_TYPE = b"application/vnd.igf.liaison.key-possession.v1"


class Key:
    """An Ed25519 key of an organisation."""

    def __init__(self):
        self._private = Ed25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.hash = record.sha256(self.public)

    def sign(self, kind, body):
        return self._private.sign(record.pae(kind, body))

    def draft(self, organisation, event_id, action):
        """The draft of the Key event that adds or revokes this key."""
        draft = event.Draft(event_id=event_id, author=organisation, audience="igf/public",
                            language="en")
        draft.key.organisation = organisation
        draft.key.action = action
        draft.key.public_key = self.public
        draft.key.possession = self.sign(KEY_POSSESSION_TYPE, organisation.encode())
        return draft


def section(kind, data):
    return event.Section(kind=kind, salt=os.urandom(32), data=data)


def signed_event(key, header, sections):
    """Commits to the sections, names the key, signs."""
    header.key_hash = key.hash
    for part in sections:
        header.commitments.add(kind=part.kind,
                               commitment=record.commitment(part.kind, part.salt, part.data))
    data = header.SerializeToString()
    return event.SignedEvent(header=data, signature=key.sign(record.EVENT_HEADER_TYPE, data),
                             sections=sections)


def signal_header(author, event_id, signal):
    """The header of a topic signal, its facts copied from the body."""
    header = event.EventHeader(author=author, event_id=event_id, language="en",
                               type=types.EVENT_TYPE_TOPIC_SIGNAL, audience="igf/public",
                               topics=["unspecified"])
    header.authored_time.GetCurrentTime()
    for name in ("purpose", "standing", "time_horizon", "requested_date"):
        setattr(header.topic_signal, name, getattr(signal, name))
    return header
