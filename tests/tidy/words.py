"""What is written: no machine's own paths, nothing about the making, nobody real by invention."""

import re

from sources import Finding

# Not in the files that name them.
EXEMPT = ("tests/tidy/", "proto/google/", "proto/grpc/")
MACHINE = re.compile(r"(?<![\w.$}/-])/(work|root|home|Users)(/|\b)(?!\w)|/tmp/build")
MAKING = re.compile(
    r"\b(as an AI|AI[- ](generated|written|assistant)|LLM|language model|chatbot|copilot|"
    r"(this|that|earlier|previous|next|developer'?s?) session|sub-?agent|the brief|"
    r"prompt(ed)? by)\b",
    re.IGNORECASE)
MAIL = re.compile(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
# Reserved for examples (RFC 2606), and systemd's template units.
MAIL_OK = re.compile(r"@([\w-]+\.)*(example\.(org|com|net)|example|invalid|test)$|\.service$",
                     re.IGNORECASE)


def check_words(tree):
    for path in tree.prose_and_code():
        if path.startswith(EXEMPT):
            continue
        for number, line in tree.lines(path):
            for match in MACHINE.finditer(line):
                yield Finding("machine-path", path, number, f"`{match[0]}` is one machine's own")
            for match in MAKING.finditer(line):
                yield Finding("making", path, number, f"`{match[0]}`: say what it is, no more")
            for match in MAIL.finditer(line):
                if not MAIL_OK.search(match[0]):
                    yield Finding("mail", path, number, f"`{match[0]}` is not below example.org")


CHECKS = [check_words]
