"""PyTorch as a peer.

Settings: `eager` and `compile`, with `-passive` for threads that sleep at once instead of spinning for a while, which is
better on a busy machine, and with `-nchw` for images without the channels-last layout.
"""

import os

from peer import Case, Layer, Peer, Predict, Run, serve


def build(case: Case, threads: int, setting: str) -> Peer:
    if setting.endswith("-passive"):
        os.environ["OMP_WAIT_POLICY"] = "passive"
    import torch

    torch.set_num_threads(threads)
    run, predict = make_training(case, not setting.endswith("-nchw"), compiles=setting.startswith("compile"))
    return Peer(f"PyTorch {torch.__version__}", run, predict)


def make_training(
    case: Case, channels_last: bool, part=lambda rows: rows, wrap=lambda model: model, compiles=False
) -> tuple[Run, Predict]:
    """Training on the part of every batch that `part` takes; `wrap` is put around the model."""
    import torch

    torch.set_flush_denormal(True)
    model = wrap(make_model(case, channels_last))
    optimizer = torch.optim.Adam(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        lr=case.learning_rate,
        betas=(case.beta1, case.beta2),
        eps=case.epsilon,
        fused=True,
    )
    binary = case.loss == "binaryCrossentropy"
    criterion = torch.nn.functional.binary_cross_entropy_with_logits if binary else torch.nn.functional.cross_entropy

    def loss_of(x, y):
        output = model(x)
        return criterion(output[:, 0] if binary else output, y)

    inputs = [to_input(part(rows), channels_last) for rows in case.split(case.x)]
    dtype = torch.float32 if binary else torch.int64
    targets = [torch.from_numpy(part(rows)).to(dtype) for rows in case.split(case.y)]

    if compiles:
        loss_of = torch.compile(loss_of)
        # Compiled now: where there is no C++ compiler, the peer ends before the rounds begin.
        loss_of(inputs[0], targets[0]).backward()
        optimizer.zero_grad(set_to_none=True)

    def run(steps: int) -> float:
        for _ in range(steps // case.batches):
            total = torch.zeros(())
            for x, y in zip(inputs, targets):
                loss = loss_of(x, y)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                total += loss.detach()
        return total.item() / case.batches

    def predict(rows):
        with torch.no_grad():
            return model(to_input(rows, channels_last)).numpy()

    return run, predict


def to_input(rows, channels_last: bool):
    """NHWC images become NCHW tensors: the same memory when channels come last, else a copy."""
    import torch

    tensor = torch.from_numpy(rows)
    if tensor.dim() != 4:
        return tensor
    images = tensor.permute(0, 3, 1, 2)
    return images if channels_last else images.contiguous()


def make_model(case: Case, channels_last: bool):
    """A torch.nn.Sequential with Keras's weights; its last activation is left to the loss."""
    import torch

    take = case.take_weights()
    modules = []
    for index, layer in enumerate(case.layers):
        modules += make_layer(layer, take)
        activation = layer.get("activation")
        if activation == "relu" and index < len(case.layers) - 1:
            modules.append(torch.nn.ReLU())
    model = torch.nn.Sequential(*modules)
    return model.to(memory_format=torch.channels_last) if channels_last else model


def make_layer(layer: Layer, take) -> list:
    import torch

    kind = layer["type"]
    if kind == "Dense":
        kernel, bias = take(), take()
        return [with_weights(torch.nn.Linear(*kernel.shape), weight=kernel.T, bias=bias)]
    if kind == "Conv2D":
        kernel, bias = take(), take()
        height, width, channels, filters = kernel.shape
        module = torch.nn.Conv2d(channels, filters, (height, width))
        return [with_weights(module, weight=kernel.transpose(3, 2, 0, 1), bias=bias)]
    if kind == "MaxPooling2D":
        return [torch.nn.MaxPool2d(layer["poolSize"])]
    if kind == "Flatten":
        return [flatten_channels_last()]
    if kind == "LSTM":
        return [make_lstm(take(), take(), take())]
    raise ImportError(f"no {kind} layer in this script")


def make_lstm(kernel, recurrent, bias):
    """The gates stand in Keras's order i, f, c, o in PyTorch too; its second bias stays zero."""
    import torch

    class LastOutput(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(kernel.shape[0], recurrent.shape[0], batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0][:, -1]

    module = LastOutput()
    zeros = bias * 0
    with_weights(module.lstm, weight_ih_l0=kernel.T, weight_hh_l0=recurrent.T, bias_ih_l0=bias, bias_hh_l0=zeros)
    module.lstm.bias_hh_l0.requires_grad_(False)
    return module


def flatten_channels_last():
    """Rows in Keras's order: free for channels-last images, a copy for others."""
    import torch

    class Flatten(torch.nn.Module):
        def forward(self, x):
            return x.permute(0, 2, 3, 1).flatten(1)

    return Flatten()


def with_weights(module, **weights):
    import torch

    with torch.no_grad():
        for name, value in weights.items():
            getattr(module, name).copy_(torch.from_numpy(value.copy()))
    return module


if __name__ == "__main__":
    serve(build)
