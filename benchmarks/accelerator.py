"""What would bound a training step on one H100: operations and bytes, counted, not measured.

    python benchmarks/accelerator.py

Counted are convolutions between images and codes, 2 operations for each multiplication with
addition, forward and twice backward; and of memory the tensors of codes, K channels for both
layers, which are far larger than all else. "As written" counts each operation of `lcista.py` that
reads or writes codes, forward and backward, as a kernel of its own; "fused" a form whose layers
read and write them once each way. Rates are those of NVIDIA's data sheet for the H100 SXM5.
"""

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.separation.config import NetworkConfig, SeparationConfig

BANDWIDTH = 3.35e12
"""Bytes a second."""

RATES = {"float32": 67e12, "TF32": 495e12, "bfloat16": 989e12}
"""Operations a second, dense; the latter two by matrix units."""

BYTES = {"float32": 4, "TF32": 4, "bfloat16": 2}

# Forward of one layer: A writes codes; z + A reads two and writes one; the threshold reads and
# writes; B reads. Backward, for each its gradients by codes: B writes one and reads z for its
# kernel, the threshold reads two and writes one, the sum reads and writes, A reads twice.
AS_WRITTEN = (1 + 3 + 2 + 1) + (2 + 3 + 2 + 2)
FUSED = 2 + 2


def operations(network: NetworkConfig) -> float:
    """For each pixel of a patch, in one step."""
    through_codes = network.layers * 4 + 2 + 3  # A and B on both layers; the three pictures
    return 3 * 2 * network.kernel**2 * network.channels * through_codes


def traffic(network: NetworkConfig, passes: int, width: int) -> float:
    """Bytes for each pixel of a patch, in one step."""
    return passes * network.layers * 2 * network.channels * width


def main() -> None:
    """Print Markdown."""
    config = load_configuration(SeparationConfig, "separation", "fast", None, ())
    network = config.network
    print(f"{operations(network):,.0f} operations a pixel and step.\n")
    print("| type | codes | bytes a pixel | megapixels/s by operations | by bytes | bound by |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for kind, rate in RATES.items():
        for form, passes in (("as written", AS_WRITTEN), ("fused", FUSED)):
            needed = traffic(network, passes, BYTES[kind])
            by_work, by_bytes = rate / operations(network) / 1e6, BANDWIDTH / needed / 1e6
            bound = "bytes" if by_bytes < by_work else "operations"
            print(
                f"| {kind} | {form} | {needed:,.0f} | {by_work:,.0f} | {by_bytes:,.0f} | {bound} |"
            )


if __name__ == "__main__":
    main()
