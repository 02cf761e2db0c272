"""The processes of a run: alone, or started by torchrun and sharing one model by FSDP2 (torch's fully_shard)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from saccade.errors import BadInput
from saccade.models.placement import choose_devices
from saccade.train.tune.step import PackLoss, blocks

_LET_GO_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among all: its number, how many there are, and its device."""

    rank: int
    world: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of all processes' tensors, in each of them."""
        if self.world > 1:
            tensor = tensor.to(self.device)
            dist.all_reduce(tensor)
        return tensor

    def any(self, flag: bool) -> bool:
        """Whether the flag is up in any process."""
        return bool(self.total(torch.tensor(float(flag))).item()) if self.world > 1 else flag

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.world > 1:
            self.any(False)


def several() -> bool:
    """Whether torchrun started this process as one of a group."""
    return dist.is_available() and dist.is_torchelastic_launched()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """The processes of this run: what torchrun started, else this one alone. Raises BadInput for an unknown device."""
    if not several():
        yield Ranks(0, 1, torch.device(choose_devices(device)[0][0]))
        return
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    if not on_gpu and device not in ("auto", "cpu"):
        raise BadInput(f"several processes cannot train on {device!r}", hint="use cuda or cpu")
    # The others wait while the first looks at all rows, and while it writes a large result.
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=timedelta(hours=4))
    place = torch.device("cuda", dist.get_node_local_rank()) if on_gpu else torch.device("cpu")
    if on_gpu:
        torch.cuda.set_device(place)
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), place)
    finally:
        dist.destroy_process_group()
        # torch's caches keep the group, and so gloo's threads, alive. One that still has a tensor of the last exchange
        # in hand when the interpreter ends would end the process by SIGABRT (pytorch/pytorch#179291): let it go first.
        time.sleep(_LET_GO_SECONDS)


def shard(loss: PackLoss, ranks: Ranks, dtype: torch.dtype) -> None:
    """Spread every layer's parameters over the processes; those that learn must be float32, `dtype` is the one of the
    arithmetic. Gradients are averaged over the processes, in float32.
    """
    mesh = init_device_mesh(ranks.device.type, (ranks.world,))
    # inputs keep their dtype: the rotary angles are float32 whatever the arithmetic is done in
    policy = MixedPrecisionPolicy(dtype, reduce_dtype=torch.float32, cast_forward_inputs=False)
    for module in (*blocks(loss.model), loss):
        fully_shard(module, mesh=mesh, mp_policy=policy)


def whole(tensor: Tensor) -> Tensor:
    """The full tensor of a sharded one, in every process; all of them must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def put(target: Tensor, value: Tensor) -> None:
    """Write the full `value` into `target`, or this process's part of it where that is sharded over the first axis."""
    if not isinstance(target, DTensor):
        target.copy_(value)
        return
    mine = target.to_local()
    if mine.numel():
        parts = value.chunk(target.device_mesh.size(), dim=0)
        mine.copy_(parts[target.device_mesh.get_local_rank()])
