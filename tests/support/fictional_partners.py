"""What fictional partners publish at a real hub."""

import uuid

from contract import bodies, event, publish, types

SECRETARIAT, EURODIG = "org/igf-secretariat", "org/eurodig"


def draft(author, audience="igf/public", **more):
    return event.Draft(event_id=str(uuid.uuid4()), author=author, audience=audience,
                       language="en", **more)


def organisation(name, kind):
    made = draft(SECRETARIAT)
    made.organisation.organisation = name
    made.organisation.kind = kind
    made.organisation.name = f"A fictional {name}"
    return made


def signal(author, audience="igf/public", **more):
    made = draft(author, audience, topics=["unspecified"], **more)
    made.topic_signal.purpose = types.PURPOSE_INFORMATION
    made.topic_signal.title = "A fictional signal"
    made.personal.contacts.add(role=bodies.CONTACT_ROLE_FROM, name="A fictional person")
    return made


class Publishing:
    """Publishes one by one over `self.publishing`, a stub of the PublishService."""

    def publish(self, **item):
        request = publish.PublishRequest(items=[publish.PublishItem(**item)])
        return self.publishing.Publish(request, timeout=20).receipts[0]

    def erase(self, author, receipt, section):
        made = draft(author)
        made.redaction.target_digest = receipt.digest
        made.redaction.section = section
        made.redaction.reason = bodies.REDACTION_REASON_PERSONAL_DATA
        return self.publish(draft=made)
