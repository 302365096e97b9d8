"""The contract as a foreign program meets it: code generated from proto/ alone, no library of ours.

Debian's protoc and grpc_python_plugin write into a temporary folder (python3-grpc-tools is too old
for proto3 `optional`), which goes away with the process.
"""

import atexit
import importlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
ERROR_DOMAIN = "liaison.igf"
MAX_ERROR_SIZE_BYTES = 4096


def generate(into):
    """Writes the Python modules of the contract into the folder `into`."""
    root = PROJECT / "proto"
    protos = sorted(str(p.relative_to(root)) for below in ("igf", "google")
                    for p in (root / below).rglob("*.proto"))
    subprocess.run(
        ["protoc", "-I", str(root), f"--python_out={into}", f"--grpc_out={into}",
         f"--plugin=protoc-gen-grpc={shutil.which('grpc_python_plugin')}", *protos],
        check=True, cwd=root)


def _load():
    folder = tempfile.mkdtemp(prefix="liaison-contract-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    generate(folder)
    # `google` is Debian's package already: ours adds google/rpc to it.
    import google
    google.__path__.append(f"{folder}/google")
    sys.path.insert(0, folder)


_load()

types = importlib.import_module("igf.liaison.v1.types_pb2")
bodies = importlib.import_module("igf.liaison.v1.bodies_pb2")
event = importlib.import_module("igf.liaison.v1.event_pb2")
publish = importlib.import_module("igf.liaison.v1.publish_service_pb2")
events = importlib.import_module("igf.liaison.v1.event_service_pb2")
directory = importlib.import_module("igf.liaison.v1.directory_service_pb2")
liaison = importlib.import_module("igf.liaison.v1.liaison_service_pb2")
radar = importlib.import_module("igf.liaison.v1.radar_service_pb2")
admin = importlib.import_module("igf.liaison.v1.admin_service_pb2")
enrolment = importlib.import_module("igf.liaison.v1.enrolment_service_pb2")
subscriptions = importlib.import_module("igf.liaison.v1.subscription_service_pb2")
access = importlib.import_module("igf.liaison.v1.access_pb2")
admin_grpc = importlib.import_module("igf.liaison.v1.admin_service_pb2_grpc")
publish_grpc = importlib.import_module("igf.liaison.v1.publish_service_pb2_grpc")
federation = importlib.import_module("igf.liaison.v1.federation_service_pb2")
federation_grpc = importlib.import_module("igf.liaison.v1.federation_service_pb2_grpc")
events_grpc = importlib.import_module("igf.liaison.v1.event_service_pb2_grpc")
directory_grpc = importlib.import_module("igf.liaison.v1.directory_service_pb2_grpc")
liaison_grpc = importlib.import_module("igf.liaison.v1.liaison_service_pb2_grpc")
subscriptions_grpc = importlib.import_module("igf.liaison.v1.subscription_service_pb2_grpc")
transparency = importlib.import_module("igf.liaison.v1.transparency_service_pb2")
transparency_grpc = importlib.import_module("igf.liaison.v1.transparency_service_pb2_grpc")
witness = importlib.import_module("igf.liaison.v1.witness_service_pb2")
witness_grpc = importlib.import_module("igf.liaison.v1.witness_service_pb2_grpc")
radar_grpc = importlib.import_module("igf.liaison.v1.radar_service_pb2_grpc")
rpc_status = importlib.import_module("google.rpc.status_pb2")
error_details = importlib.import_module("google.rpc.error_details_pb2")


class Refusal:
    """A google.rpc.Status taken apart. Raises ValueError unless it has exactly one ErrorInfo."""

    def __init__(self, status):
        self.status = status
        self.code = status.code
        self.message = status.message
        self.size_bytes = status.ByteSize()
        self.violations = []
        self.retry_delay_s = None
        infos = []
        for detail in status.details:
            if detail.Is(error_details.ErrorInfo.DESCRIPTOR):
                info = error_details.ErrorInfo()
                detail.Unpack(info)
                infos.append(info)
            elif detail.Is(error_details.BadRequest.DESCRIPTOR):
                bad = error_details.BadRequest()
                detail.Unpack(bad)
                self.violations += bad.field_violations
            elif detail.Is(error_details.RetryInfo.DESCRIPTOR):
                retry = error_details.RetryInfo()
                detail.Unpack(retry)
                self.retry_delay_s = retry.retry_delay.ToTimedelta().total_seconds()
        if len(infos) != 1:
            raise ValueError(f"{len(infos)} ErrorInfo instead of one: {status}")
        self.reason = infos[0].reason
        self.domain = infos[0].domain
        self.metadata = dict(infos[0].metadata)

    def __repr__(self):
        return f"{self.reason} ({self.code}): {self.message}"


def refusal_of(error):
    """The Refusal inside a grpc.RpcError; ValueError where the error carries no details."""
    details = [value for key, value in error.trailing_metadata() or ()
               if key == "grpc-status-details-bin"]
    if len(details) != 1:
        raise ValueError(f"{len(details)} grpc-status-details-bin on {error!r}")
    status = rpc_status.Status()
    status.ParseFromString(details[0])
    refusal = Refusal(status)
    if refusal.code != error.code().value[0]:
        raise ValueError(f"details say {refusal.code}, the call {error.code()}")
    return refusal
