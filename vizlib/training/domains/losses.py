"""The two losses of domain adaptation, and the mistake of giving them probabilities in place of logits.

`cross_entropy` takes a softmax of what it is given, `binary_cross_entropy_with_logits` a sigmoid. A network that ends
with a softmax or a sigmoid of its own goes through both. It then never gets below ln(K - 1 + e) - 1 with K classes,
and 0.3133 with two domains, and once a probability is near 0 or 1 it learns almost nothing more.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def label_losses(logits: Tensor, labels: Tensor, mistake: bool = False) -> Tensor:
    """The cross-entropy of each picture, (N,). mistake: as if the network ended with a softmax."""
    return cross_entropy(logits.softmax(1) if mistake else logits, labels, reduction="none")


def domain_losses(logits: Tensor, domains: Tensor, mistake: bool = False) -> Tensor:
    """The cross-entropy of each picture, (N,). domains: 0 for the source, 1 for the target, as floats.

    mistake: as if the domain head ended with a sigmoid.
    """
    return binary_cross_entropy_with_logits(read(logits, mistake), domains, reduction="none")


def read(logits: Tensor, mistake: bool) -> Tensor:
    """What the domain loss takes for a logit. Above 0 it says "target": with the mistake, always."""
    return logits.sigmoid() if mistake else logits
