import sys
import uuid

import grpc
from igf.liaison.v1 import event_pb2, publish_service_pb2, publish_service_pb2_grpc, types_pb2

draft = event_pb2.Draft(event_id=str(uuid.uuid4()), author="org/example-igf",
                        audience="igf/public", cycle="2027", topics=["unspecified"], language="en",
                        addressees=["org/igf-mag"])
draft.topic_signal.purpose = types_pb2.PURPOSE_ACTION
draft.topic_signal.title = "Connect the last school (fictional)"
draft.topic_signal.text = "What our community asks of the IGF, in its own words (fictional)."

with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = publish_service_pb2_grpc.PublishServiceStub(channel)
    request = publish_service_pb2.PublishRequest(items=[{"draft": draft}])
    receipt = stub.Publish(request, timeout=10, wait_for_ready=True).receipts[0]
    print(receipt.position.sequence, receipt.event_id)
