"""The ceilings under all of it, one by one, and db_bench beside the one that it measures too."""

import json
import re
import shutil
import subprocess

import machine
import servers

EVENTS = 200_000
# As `bare rocksdb` has it: one writer, batches of 64, values of an event's size.
DB_BENCH = ["db_bench", "--num", EVENTS, "--value_size", 1024, "--key_size", 8, "--threads", 1,
            "--batch_size", 64, "--compression_type", "lz4", "--write_buffer_size", 64 << 20,
            "--max_write_buffer_number", 4, "--max_background_jobs", 4, "--block_size", 16 << 10,
            "--allow_concurrent_memtable_write", 0, "--enable_write_thread_adaptive_yield", 0,
            "--cache_size", 64 << 20]


class Echo(servers.Bare):
    """gRPC alone: answers publishing at once."""

    def _start(self):
        return self._ready_line([self.bin_dir / "bare", "serve", "--echo"])


class Endless(servers.Bare):
    """gRPC alone: frames of 32 KiB from memory."""

    def _start(self):
        return self._ready_line([self.bin_dir / "bare", "serve", "--endless", *self.flags])


class EndlessSingle(Endless):
    """gRPC alone: events from memory, one a message."""

    flags = ("--one-event-a-message",)


def _run(command):
    return subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def _db_bench(folder, benchmark, *more):
    said = _run([*DB_BENCH, "--db", folder, "--benchmarks", benchmark, *more])
    return float(re.search(rf"^{benchmark}\s*:.*?(\d+) ops/sec", said, re.M)[1])


def _rocksdb(bin_dir, folder):
    out = _run([bin_dir / "bare", "rocksdb", "--data-dir", folder, "--events", EVENTS])
    shutil.rmtree(folder)
    return json.loads(out)


def _calibration(bin_dir, folder, rounds, note):
    """Synced batches of 64 and a scan: the probe and db_bench, in turn."""
    figures = {"rocksdb_synced_64": [], "db_bench_synced_64": [], "rocksdb_scan": [],
               "db_bench_scan": []}
    for number in range(rounds):
        note(f"  calibration round {number + 1}/{rounds}")
        ours = _rocksdb(bin_dir, folder / "rocksdb")
        figures["rocksdb_synced_64"].append(ours["synced_per_second"])
        figures["rocksdb_scan"].append(ours["scanned_per_second"])
        theirs = folder / "db_bench"
        figures["db_bench_synced_64"].append(_db_bench(theirs, "fillseq", "--sync", 1))
        figures["db_bench_scan"].append(_db_bench(theirs, "readseq", "--use_existing_db", 1))
        shutil.rmtree(theirs)
    return figures


LOADS = (("grpc_echo_unary_64", Echo, ["publish-unary", "--in-flight", 64]),
         ("grpc_echo_stream_64", Echo, ["publish-stream", "--in-flight", 64]),
         ("grpc_echo_stream_1024", Echo,
          ["publish-stream", "--in-flight", 1024, "--per-frame", 32]),
         ("grpc_streaming_one_event", EndlessSingle, ["read", "--events", EVENTS]),
         ("grpc_streaming_32_kib", Endless, ["read", "--events", EVENTS]))


def measure(bin_dir, folder, rounds, seconds, note):
    """{"probes": {NAME: [per second, ...]}, "foreign": the most that others had of the machine}"""
    before = machine.Clock()
    figures = _calibration(bin_dir, folder, rounds, note)
    for name, kind, load in LOADS:
        note(f"  {name}")
        server = kind(name, bin_dir, folder / name)
        server.start()
        try:
            timed = [] if load[0] == "read" else ["--seconds", seconds]
            figures[name] = [server.load([*load, *timed])["per_second"] for _ in range(rounds)]
        finally:
            server.stop()
    return {"probes": figures, "foreign": machine.foreign_share(before, machine.Clock())}
