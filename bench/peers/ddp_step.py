"""PyTorch DistributedDataParallel over gloo as a peer: as many processes as `--threads`, of one thread each.

This process is rank 0; it starts the others and tells them how many steps to train. Every rank has an equal part of each
batch; DDP averages the gradients, so a step is that of the whole batch.
"""

import os
import socket

from peer import Case, Peer, Predict, Run, at_end, serve
from torch_step import make_training

STOP = 0


def build(case: Case, threads: int, setting: str) -> Peer:
    import torch
    import torch.distributed as dist
    import torch.multiprocessing as processes

    if case.batch_size % threads != 0:
        raise ImportError(f"{threads} processes cannot have equal parts of {case.batch_size} rows")
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    os.environ["MASTER_PORT"] = str(free_port())
    others = processes.spawn(follow, (case, threads), nprocs=threads - 1, join=False) if threads > 1 else None
    train, predict = join(0, case, threads)

    def run(steps: int) -> float:
        tell(steps)
        loss = torch.tensor(train(steps))
        dist.all_reduce(loss)
        return loss.item() / threads

    def end() -> None:
        tell(STOP)
        dist.destroy_process_group()
        if others is not None:
            others.join()

    at_end(end)
    return Peer(f"PyTorch {torch.__version__} DDP", run, predict)


def follow(index: int, case: Case, world: int) -> None:
    """What ranks 1, 2, … do until rank 0 stops."""
    import torch
    import torch.distributed as dist

    train, _ = join(index + 1, case, world)
    while (steps := tell(STOP)) != STOP:
        dist.all_reduce(torch.tensor(train(steps)))
    dist.destroy_process_group()


def join(rank: int, case: Case, world: int) -> tuple[Run, Predict]:
    """This rank's training, once all are there."""
    import torch
    import torch.distributed as dist
    from torch.nn.parallel import DistributedDataParallel

    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=world)
    part = case.batch_size // world
    own = slice(rank * part, (rank + 1) * part)
    return make_training(case, True, lambda rows: rows[own], DistributedDataParallel)


def tell(steps: int) -> int:
    """Rank 0's number, on every rank."""
    import torch
    import torch.distributed as dist

    number = torch.tensor(steps)
    dist.broadcast(number, 0)
    return int(number)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    serve(build)
