#!/usr/bin/python3
"""Writes the seeds of the fuzzers' corpora: a few inputs each that reach behind the first check.

    python3 tests/fuzz/seeds.py            # below tests/fuzz/testdata
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "unit" / "proto" / "record" / "testdata" / "golden" / "record.json"
SAMPLES = HERE.parents[1] / "client" / "cli" / "sample"
UUID = "0190b3a4-7c1e-7a52-9d3f-2b6c8e4f1a05"


def hex_strings(value, size):
    """Every hexadecimal text of so many bytes in a JSON document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from hex_strings(item, size)
    elif isinstance(value, str) and len(value) == 2 * size:
        try:
            yield bytes.fromhex(value)
        except ValueError:
            pass


def field(number, data):
    """A length-delimited field of a protobuf message below 16,384 bytes."""
    if isinstance(data, str):
        data = data.encode()
    size = len(data)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    tag = number << 3 | 2
    head = bytes([tag]) if tag < 128 else bytes([tag & 0x7F | 0x80, tag >> 7])
    return head + length + data


def header(author="org/apnic", audience="igf/public"):
    return (field(1, author) + field(3, UUID) + b"\x20\x0a" + field(5, "fictional:a.b")
            + field(6, "2027") + field(7, audience) + field(11, "en"))


def draft():
    return (field(1, UUID) + field(2, "org/apnic") + field(3, "igf/public") + field(4, "2027")
            + field(5, "fictional:a.b") + field(6, "en")
            + field(110, b"\xa2\x01\x09fictional"))


def head_file():
    text = (f"igf.liaison/head/v1\nlog_id {UUID}\nsequence 7\nroot {'ab' * 32}\n").encode()
    return text + b"check " + hashlib.sha256(text).hexdigest().encode() + b"\n"


def backup_manifest():
    root = "ab" * 32
    text = (f"igf.liaison/backup/v1\nnumber 3\nlog_id {UUID}\nsequence 7\nroot {root}\n"
            f"registry_size 1\nregistry_root {root}\nhub_time_us 5\nbegun_us 6\n"
            f"size_bytes 4096\nengine_meta {root}\n").encode()
    return text + b"check " + hashlib.sha256(text).hexdigest().encode() + b"\n"


def redaction_file():
    content = (b"igf.liaison/redaction/v1\n" + bytes(16) + b"\x00\x04leaf\x00\x00\x00\x06header"
               + b"\x02\x00\x01" + struct.pack(">I", 37) + b"\x01" + bytes(32) + b"data"
               + b"\x00\x02" + struct.pack(">I", 1) + b"\x02")
    return content + hashlib.sha256(content).digest()


def proposal():
    return (b"\x01" + bytes(16) + struct.pack(">QQQ", 1, 2, 3) + b"\x01" + struct.pack(">H", 1)
            + bytes(32) + b"\x00" + struct.pack(">H", 1) + struct.pack(">I", 4) + b"head" + b"\x00"
            + b"\x01" + struct.pack(">H", 1) + bytes(32) + struct.pack(">I", 4) + b"data")


def seeds():
    golden = json.loads(GOLDEN.read_text())
    for size in (154, 158, 166, 242, 146):
        for number, leaf in enumerate(list(hex_strings(golden, size))[:2]):
            yield "leaf", f"golden-{size}-{number}", leaf
    yield "leaf", "digest", b"ab" * 32
    yield "leaf", "uuid", UUID.encode()
    notes = json.loads((GOLDEN.parents[1] / "notes" / "signed-note.json").read_text())
    note = notes["open_ok"][3]["msg"].encode()
    yield "note", "note", note
    yield "note", "verifier", notes["open_bad_vkeys"][0].encode()
    yield "note", "signer", notes["sign"][0]["skey"].encode()
    yield "note", "checkpoint", note[:note.rindex(b"\n\n") + 1]
    hashes = base64.b64encode(bytes(32)) + b"\n"
    yield "note", "proof", b"c2sp.org/tlog-proof@v1\nindex 5\n" + hashes + b"\n" + note
    yield "note", "request", b"old 5\n" + hashes + b"\n" + note
    yield "note", "tile", b"tile/1/x001/x234/067.p/8"
    yield "proof", "inclusion", struct.pack(">QB", 5, 0) + struct.pack(">QB", 8, 0) + b"abc"
    yield "proof", "consistency", struct.pack(">QB", 3, 0) + struct.pack(">QB", 7, 0) + b"abcd"
    yield "format", "head-file", b"\x02" + head_file()
    yield "format", "offsets", b"\x03\x01\x00\x01\x00\x07"
    yield "format", "bitmap", b"\x03\x02" + b"\xff" * 128
    yield "format", "proposal", b"\x04" + proposal()
    yield "format", "backup-manifest", b"\x05" + backup_manifest()
    yield "format", "redaction", b"\x06" + redaction_file()
    yield "format", "section", b"\x01\x01" + bytes(32) + b"data"
    yield "format", "event", b"\x00\x01\x01\x00\x01\x00\x04leafheader"
    yield "header", "public", header()
    yield "header", "twice", header() + field(7, "igf/mag")
    yield "filter", "and-or", (b"type = topic-signal AND (topic = fictional:a OR NOT author = "
                               b"org/apnic)\0" + header())
    yield "filter", "or", b'author = "org/apnic" OR cycle = 2027\0' + header()
    yield "filter", "reference", b"reference = " + b"ab" * 32 + b" -language:en\0" + header()
    yield "admission", "draft", field(1, draft())
    yield "admission", "signed", field(2, field(1, header()) + field(2, bytes(64)))
    yield "wire_text", "loopback", b"ListEvents\x00127.0.0.1:7410"
    yield "wire_text", "six", b"\x00[::1]:0"
    yield "wire_text", "position", b"\x00" + field(1, UUID) + b"\x10\x07"
    yield "config", "all", (b'data_dir = "/tmp"\nlisten = "127.0.0.1:0"\nhub = "igf"\n'
                            b'log_level = "info"\nblock_cache_mib = 64\n')
    yield "config", "key-of-many-parts", b"a" + b".a" * 2000 + b" = 1\n"
    yield "csv", "comma", b'a,b\r\n1,"x, ""y"""\r\n'
    yield "csv", "semicolon", b"sep=;\r\na;b\r\n1;2\r\n"
    yield "csv", "windows", b"a\tb\n\xe9\t\x80\n"
    mapped = (SAMPLES / "maps" / "formulaire-fr.toml").read_bytes()
    yield "csv_map", "sample", mapped
    yield "csv_map", "small", (b'source = "s"\ntype = "topic-signal"\n[constants]\n'
                               b'author = "org/apnic"\naudience = "igf/public"\n[columns]\n'
                               b'title = "T"\nrequested_date = { column = "D", date = '
                               b'"DD/MM/YYYY" }\n\0T,D\nfictional,01/02/2027\n')
    yield "csv_map", "table-of-many-parts", b"[constants" + b".a" * 2000 + b"]\n\0"
    line = {"event_id": UUID, "author": "org/apnic", "audience": "igf/public",
            "topics": ["unspecified"], "topic_signal": {"title": "fictional"}}
    statements = json.loads((SAMPLES / "datatracker" / "statements.json").read_text())
    yield "datatracker", "sample", json.dumps(statements).encode()
    for number, statement in enumerate(statements["objects"]):
        yield "datatracker", f"statement-{number}", json.dumps(statement).encode()
    yield "datatracker", "list", json.dumps(statements["objects"][2:]).encode()
    yield "datatracker", "of-the-api", json.dumps({
        "id": 17, "title": "fictional", "body": "\u0645\u062b\u0627\u0644\r\n\t",
        "from_groups": ["/api/v1/group/group/1234/"], "to_groups": [{"acronym": "ietf"}],
        "from_contact": "/api/v1/person/email/fictional@example.org/",
        "cc_contacts": ["Fictional <a@example.org>", "b@example.org, c@example.org"],
        "purpose": "/api/v1/name/liaisonstatementpurposename/comment/",
        "state": "/api/v1/name/liaisonstatementstate/posted/", "deadline": "2027-03-31",
        "tags": ["/api/v1/name/liaisonstatementtagname/taken/"], "other_identifiers": "LS 1\nTD 2",
        "related": [{"target": "/api/v1/liaisons/liaisonstatement/16/"}],
        "attachments": [{"title": "fictional", "url": "https://example.org/"},
                        {"name": "a", "data": "YQ==", "removed": False}],
        "submitted": "2027-01-20T16:30:00+01:00"}).encode()
    yield "draft_json", "line", json.dumps(line).encode()
    yield "draft_json", "two", (json.dumps(line, indent=1) + "\n" + json.dumps(line)).encode()
    yield "cli_text", "date", b"\x04DD/MM/YYYY H:mm\x0001/02/2027 9:30"
    yield "cli_text", "field", b"\x04recorded_for.individual.region\x00africa"
    yield "cli_text", "time", b"\x04topics\x002027-01-31T12:00:00Z"
    yield "cli_text", "windows", b"\x04title\x00caf\xe9 \x80"
    yield "log", "append", bytes([0, 2, 33, 65, 7, 0, 3, 5, 0, 6, 1, 7, 9])
    yield "log", "blocks", bytes([2, 255, 2, 255, 3, 6, 3, 6, 4, 2, 200]) + bytes(range(200))
    yield "log", "erase", bytes([1, 3, 66, 67, 3, 97, 4, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 3, 5, 0])


def main():
    count = 0
    for fuzzer, name, data in seeds():
        path = HERE / "testdata" / fuzzer / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
    print(f"{count} seeds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
