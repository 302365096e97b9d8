#!/usr/bin/python3
"""The log as tiles (C2SP tlog-tiles): whoever has nothing but files over HTTP rebuilds the root
that the hub has signed. Everything is reckoned with the Python verifier's code.
"""

import argparse
import pathlib
import struct
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(PROJECT / "client/verify"), str(PROJECT / "tests/support")]

import hub as hubs  # noqa: E402
import web as webs  # noqa: E402
from contract import publish, transparency, types  # noqa: E402
from fictional_partners import EURODIG, SECRETARIAT, organisation, signal  # noqa: E402
from liaison_verify import merkle, note, tiles, trust  # noqa: E402

WIDTH = 256
FOR_EVER = "public, max-age=31536000, immutable"


def perfect_root(hashes):
    """Of 2^k hashes."""
    while len(hashes) > 1:
        hashes = [merkle.node_hash(*hashes[i:i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def root_of(leaf_hashes):
    tree = merkle.Tree()
    for value in leaf_hashes:
        tree.add(value)
    return tree.root()


class Tiles(unittest.TestCase):
    bin_dir = None
    MAG = "org/igf-mag"

    @classmethod
    def setUpClass(cls):
        cls.web = webs.Web(cls.bin_dir)
        cls.web.__enter__()
        cls.addClassCleanup(cls.web.__exit__)
        cls.publish([organisation(SECRETARIAT, types.ORGANISATION_KIND_SECRETARIAT),
                     organisation(EURODIG, types.ORGANISATION_KIND_NRI_REGIONAL),
                     organisation(cls.MAG, types.ORGANISATION_KIND_MAG)])
        cls.publish([signal(EURODIG) for _ in range(300)])
        cls.hidden = cls.publish([signal(cls.MAG, "igf/mag")])
        cls.size = cls.publish([signal(EURODIG) for _ in range(2 * WIDTH)])
        cls.vkey = note.parse_vkey(cls.answer().log_vkey)

    @classmethod
    def publish(cls, drafts):
        ended = cls.web.call("PublishService/Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft) for draft in drafts]))
        assert ended.status == 0, ended.trailers
        receipts = publish.PublishResponse.FromString(ended.messages[0]).receipts
        return receipts[-1].position.sequence

    @classmethod
    def answer(cls):
        """GetCheckpoint, once it covers all."""
        asked = transparency.GetCheckpointRequest(covering=cls.size)
        while True:
            ended = cls.web.call("TransparencyService/GetCheckpoint", asked)
            assert ended.status == 0, ended.trailers
            answer = transparency.GetCheckpointResponse.FromString(ended.messages[0])
            if answer.size >= cls.size:
                return answer

    def fetch(self, path, code=200):
        answer = self.web.get(path)
        self.assertEqual(answer.status, code, (path, answer.body[:200]))
        if code == 200 and "/tile/" in path:
            self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
            self.assertEqual(answer.headers["Cache-Control"], FOR_EVER)
        return answer.body

    def checkpoint(self, log="/log/", origin=None, vkey=None):
        vkey = vkey or self.vkey
        return trust.read_checkpoint(self.fetch(f"{log}checkpoint"), origin or vkey.name,
                                     [vkey])[0]

    def tile(self, level, index, width=WIDTH, log="/log/"):
        data = self.fetch(log + tiles.tile_path(level, index, width))
        self.assertEqual(len(data), 32 * width)
        return [data[i:i + 32] for i in range(0, len(data), 32)]

    def level(self, size, level, log="/log/"):
        """All hashes of a level, from full tiles and the partial one."""
        full, width = tiles.tiles_of(size, level)
        hashes = [value for index in range(full) for value in self.tile(level, index, log=log)]
        return hashes + (self.tile(level, full, width, log) if width else [])

    def entries(self, index, width, log="/log/"):
        path = tiles.tile_path(0, index, width).replace("tile/0/", "tile/entries/")
        data, entries = self.fetch(log + path), []
        while data:
            length, = struct.unpack(">H", data[:2])
            entries.append(data[2:2 + length])
            self.assertEqual(len(entries[-1]), length)
            data = data[2 + length:]
        self.assertEqual(len(entries), width)
        return entries

    def test_the_root_is_rebuilt_from_the_leaves(self):
        checkpoint = self.checkpoint()
        self.assertEqual(checkpoint.size, self.size)
        leaves = self.level(self.size, 0)
        self.assertEqual(len(leaves), self.size)
        self.assertEqual(root_of(leaves), checkpoint.root)

    def test_each_hash_above_is_of_a_full_tile_below(self):
        above = self.level(self.size, 1)
        self.assertEqual(len(above), self.size // WIDTH)
        for index, value in enumerate(above):
            self.assertEqual(perfect_root(self.tile(0, index)), value)

    def test_the_root_is_rebuilt_from_the_fewest_tiles(self):
        checkpoint = self.checkpoint()
        above = self.level(self.size, 1)
        full, width = tiles.tiles_of(self.size, 0)
        edge = []
        at = 0
        for bit in reversed(range(8)):  # the perfect subtrees of the upper level, largest first
            if full >> bit & 1:
                edge.append(perfect_root(above[at:at + (1 << bit)]))
                at += 1 << bit
        below, at = self.tile(0, full, width), 0
        for bit in reversed(range(8)):
            if width >> bit & 1:
                edge.append(perfect_root(below[at:at + (1 << bit)]))
                at += 1 << bit
        self.assertEqual(merkle.Tree(self.size, edge).root(), checkpoint.root)

    def test_a_partial_tile_is_there_at_every_width(self):
        whole = self.tile(0, 0)
        for width in (1, 2, 100, 255):
            self.assertEqual(self.tile(0, 0, width), whole[:width])

    def test_public_entries_are_those_of_the_leaves(self):
        leaves = self.tile(0, 0)
        for width in (1, 7, WIDTH):
            entries = self.entries(0, width)
            self.assertEqual([merkle.leaf_hash(entry) for entry in entries], leaves[:width])

    def test_entries_that_are_not_all_public_are_not_there(self):
        bundle, within = divmod(self.hidden - 1, WIDTH)
        self.entries(bundle, within)  # up to the hidden one
        for width in (within + 1, WIDTH):
            path = tiles.tile_path(0, bundle, width).replace("tile/0/", "tile/entries/")
            self.assertIn(b"public", self.fetch("/log/" + path, 404))
        self.entries(bundle + 1, 5)

    def test_the_registry_is_a_log_of_its_own(self):
        log = "/log/registry/"
        vkey = note.VerifierKey(f"{self.vkey.name}/registry", note.ED25519, self.vkey.public)
        checkpoint = self.checkpoint(log, vkey.name, vkey)
        self.assertEqual(checkpoint.size, 3)
        leaves = self.level(checkpoint.size, 0, log)
        self.assertEqual(root_of(leaves), checkpoint.root)
        entries = self.entries(0, checkpoint.size, log)
        self.assertEqual([merkle.leaf_hash(entry) for entry in entries], leaves)
        self.fetch(log + "tile/entries/000.p/4", 404)

    def test_what_is_no_tile_is_not_there(self):
        beyond = self.size % WIDTH + 1
        for path in ("", "tile", "tile/0", "tile/0/0", "tile/0/0000", "tile/0/x000/000",
                     "tile/8/000", "tile/63/000", "tile/64/000", "tile/00/000", "tile/-1/000",
                     "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/entries",
                     "tile/entries/0", "tile/entries/1/000", "tile/0/999", "tile/2/000.p/1",
                     f"tile/0/{self.size // WIDTH:03}.p/{beyond}",
                     f"tile/0/{self.size // WIDTH:03}",
                     "tile/entries/999", "tile/0/x999/x999/x999/x999/x999/x999/999",
                     "tile/0/..%2f000", "checkpoint/", "registry/", "registry/tile/0/000"):
            self.fetch("/log/" + path, 404)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    options, rest = parser.parse_known_args()
    Tiles.bin_dir = options.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
