"""What several devices can bring at most, estimated from bytes and assumed links."""

from typing import Any, NamedTuple


class Link(NamedTuple):
    """How devices reach each other.

    Attributes:
        bandwidth: What one direction carries, bytes/s.
        latency: What every one of the ring's messages takes besides, s.
    """

    bandwidth: float
    latency: float


LINKS = {
    "NVLink": Link(200e9, 10e-6),
    "PCIe 4 x16": Link(25e9, 20e-6),
    "10 Gbit Ethernet": Link(1.1e9, 50e-6),
}
"""Assumptions, not measurements."""

DEVICES = (2, 4, 8)
STEP = (10e-3, 100e-3)
"""What a step may take on one device, s."""


def step_seconds(alone: float, share: float, devices: int, sizes: list[int], link: Link) -> float:
    """What a step takes on several devices.

    Args:
        alone: What it takes on one, s.
        share: The largest device's part of the batch.
        devices: n.
        sizes: Bytes of each all-reduce of a step.
        link: How the devices reach each other. A ring sends 2 (n - 1) messages, each the n-th
            part of the bytes.
    """
    messages = 2 * (devices - 1)
    sent = sum(messages * (link.latency + size / devices / link.bandwidth) for size in sizes)
    return alone * share + sent


def print_estimate(rows: list[dict[str, Any]]) -> None:
    """Print how many times faster the steps become.

    Args:
        rows: With "title", "sizes" and "samples": what a batch can be divided into, or None.
    """
    columns = [f"{name}, {' / '.join(map(str, DEVICES))} devices" for name in LINKS]
    print(f"| times faster, estimated | a step on one, ms | {' | '.join(columns)} |")
    print("| --- | --- |" + " --- |" * len(columns))
    for row in rows:
        if row["samples"] is None:  # every device computes everything
            continue
        for alone in STEP:
            cells = [
                " / ".join(
                    _times_faster(alone, row["samples"], devices, row["sizes"], link)
                    for devices in DEVICES
                )
                for link in LINKS.values()
            ]
            print(f"| {row['title']} | {1e3 * alone:.0f} | {' | '.join(cells)} |")
    links = "; ".join(
        f"{name} {link.bandwidth / 1e9:g} GB/s and {1e6 * link.latency:.0f} µs"
        for name, link in LINKS.items()
    )
    print(f"\nAssumed: {links}.")


def _times_faster(alone: float, samples: int, devices: int, sizes: list[int], link: Link) -> str:
    if devices > samples:
        return "-"
    share = -(-samples // devices) / samples
    return f"{alone / step_seconds(alone, share, devices, sizes, link):.1f}"
