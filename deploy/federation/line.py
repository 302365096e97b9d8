#!/usr/bin/python3
"""A line between two hubs that can be cut: carries what comes to LISTEN to TARGET and back.

Prints the address it listens on. To cut the line, end it; to heal it, start it there again.
Example: line.py 127.0.0.1:0 127.0.0.1:7421
"""

import argparse
import asyncio

PIECE = 65536


async def carry(reader, writer):
    """One direction, until either end is gone."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def serve(listen, target):
    async def connected(near_reader, near_writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            near_writer.close()
            return
        await asyncio.gather(carry(near_reader, far_writer), carry(far_reader, near_writer))

    server = await asyncio.start_server(connected, *listen)
    print("%s:%d" % server.sockets[0].getsockname()[:2], flush=True)
    await server.serve_forever()


def address(text):
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no HOST:PORT")
    return host, int(port)


def main():
    lines = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=lines[0], epilog=" ".join(lines[2:]))
    parser.add_argument("listen", metavar="LISTEN", type=address, help="0 as port: a free one")
    parser.add_argument("target", metavar="TARGET", type=address)
    options = parser.parse_args()
    asyncio.run(serve(options.listen, options.target))


if __name__ == "__main__":
    main()
