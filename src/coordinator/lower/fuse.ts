import { type KernelArguments, type KernelCall, type KernelName, kernelTable } from '../../shared/kernels/table.js';
import { activationNumber } from './activation.js';
import type { Instruction } from './instructions.js';

/** The calls of one mode; `backward` is empty for inference. */
export interface Calls {
  readonly forward: readonly Instruction[];
  readonly backward: readonly Instruction[];
}

type CallOf<K extends KernelName> = Extract<KernelCall, { kernel: K }>;

/** Merges neighbours so that no pass is made over memory that a neighbour could have made. */
export function fuse(calls: Calls): Calls {
  return fuseActivationGradients(fuseSigmoidLoss(fuseSoftmaxLoss(calls)));
}

/**
 * softmax → categorical cross-entropy becomes one kernel from the logits: exact where a probability underflows, and
 * without the division by it.
 */
function fuseSoftmaxLoss({ forward, backward }: Calls): Calls {
  const loss = find(forward, 'categoricalCrossentropy', () => true);
  const softmax = loss && find(forward, 'softmaxForward', ({ y }) => y === loss.args.prediction);
  if (!loss || !softmax || countReads(forward, softmax.args.x) > 1) return { forward, backward };
  const derivative = find(backward, 'softmaxBackward', ({ y }) => y === softmax.args.y);
  const { target, groups, size, sparse, sum } = loss.args;
  const fused: KernelCall = {
    kernel: 'softmaxCrossEntropy',
    args: {
      logits: softmax.args.x,
      target,
      probabilities: softmax.args.y,
      gradient: derivative ? derivative.args.dx : loss.args.gradient,
      groups,
      size,
      sparse,
      sum,
    },
  };
  return {
    forward: forward.filter((call) => call !== softmax).map((call) => (call === loss ? fused : call)),
    backward: backward.filter((call) => call !== derivative),
  };
}

/** Dense or Conv2D with sigmoid → binary cross-entropy: the layer leaves logits, the loss turns them into probabilities. */
function fuseSigmoidLoss({ forward, backward }: Calls): Calls {
  const loss = find(forward, 'binaryCrossentropy', () => true);
  const last = loss && forward[forward.indexOf(loss) - 1];
  if (!loss || !last || !('activation' in last.args) || !('y' in last.args)) return { forward, backward };
  if (last.args.y !== loss.args.prediction || last.args.activation !== activationNumber('sigmoid')) {
    return { forward, backward };
  }
  const { prediction, target, gradient, size, sum } = loss.args;
  const derivative = find(backward, 'activationBackward', ({ y }) => y === prediction);
  const fused: KernelCall = {
    kernel: 'sigmoidCrossEntropy',
    args: { logits: prediction, target, probabilities: prediction, gradient, size, sum },
  };
  const linear = withActivation(last, activationNumber('linear'));
  return {
    forward: forward.map((call) => (call === loss ? fused : call === last ? linear : call)),
    backward: backward.filter((call) => call !== derivative),
  };
}

/** activation′ after the kernel that wrote the gradient becomes that kernel's last act. */
function fuseActivationGradients({ forward, backward }: Calls): Calls {
  const fused: Instruction[] = [];
  for (const call of backward) {
    const previous = fused[fused.length - 1];
    if (call.kernel === 'activationBackward' && previous !== undefined && endsInGradientOf(previous, call)) {
      fused[fused.length - 1] = withActivation(previous, call.args.activation);
    } else {
      fused.push(call);
    }
  }
  return { forward, backward: fused };
}

/** Whether `call` writes the gradient of the very buffer whose activation `derivative` differentiates. */
function endsInGradientOf(call: Instruction, derivative: CallOf<'activationBackward'>): boolean {
  const fuses: string[] = ['denseInputGradient', 'conv2dInputGradient', 'maxPool2dBackward', 'batchNormInputGradient'];
  if (call.kernel === 'sync' || !fuses.includes(call.kernel)) return false;
  const args = call.args as KernelArguments<'denseInputGradient'>;
  const inPlace = derivative.args.dy === derivative.args.dx;
  return inPlace && args.dx === derivative.args.dy && args.x === derivative.args.y;
}

function withActivation(call: Instruction, activation: number): KernelCall {
  return { kernel: call.kernel, args: { ...call.args, activation } } as KernelCall;
}

function find<K extends KernelName>(
  calls: readonly Instruction[],
  kernel: K,
  matches: (args: CallOf<K>['args']) => boolean,
): CallOf<K> | undefined {
  return calls.find((call): call is CallOf<K> => call.kernel === kernel && matches(call.args as CallOf<K>['args']));
}

/** In how many calls a buffer appears beside the one that produces it. */
function countReads(calls: readonly Instruction[], buffer: number): number {
  return calls.filter((call) => call.kernel !== 'sync' && bufferArguments(call).includes(buffer)).length - 1;
}

/** The buffers a call names, in the order of its arguments; absent optional ones are left out. */
export function bufferArguments(call: KernelCall): number[] {
  const kinds: Readonly<Record<string, string>> = kernelTable[call.kernel].arguments;
  return Object.entries(call.args)
    .filter(([name, value]) => kinds[name].startsWith('rows') && value >= 0)
    .map(([, value]) => value);
}
