import { type ActivationName, activations } from '../../../shared/kernels/activations.js';
import { type ElementLoss, elementLosses } from '../../../shared/kernels/losses.js';
import { type KernelArguments, type KernelCall, type KernelName, kernelTable } from '../../../shared/kernels/table.js';
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
  return fuseActivationGradients(calls.forward.reduce(fuseLoss, calls));
}

/** A loss over probabilities and the call that made them of logits become one. */
function fuseLoss(calls: Calls, loss: Instruction): Calls {
  if (loss.kernel === 'categoricalCrossentropy') return fuseSoftmaxLoss(calls, loss);
  const isBinary = loss.kernel === 'elementLoss' && BINARY_CROSSENTROPIES.includes(elementLosses[loss.args.loss]);
  return isBinary ? fuseSigmoidLoss(calls, loss) : calls;
}

/** Losses of a probability that sigmoidCrossEntropy has of the logit; its alpha and gamma are the focal one's. */
const BINARY_CROSSENTROPIES: readonly ElementLoss[] = ['binaryCrossentropy', 'binaryFocalCrossentropy'];

/**
 * softmax → categorical cross-entropy becomes one kernel from the logits: exact where a probability underflows, and
 * without the division by it.
 */
function fuseSoftmaxLoss(calls: Calls, loss: CallOf<'categoricalCrossentropy'>): Calls {
  const { prediction, gradient, alpha, gamma, ...shared } = loss.args;
  const softmax = find(calls.forward, 'softmaxForward', ({ y }) => y === prediction);
  const isPlain = alpha === 1 && gamma === 0;
  if (softmax === undefined || !isPlain || isReadBefore(calls.forward, loss, prediction)) return calls;
  const derivative = find(calls.backward, 'softmaxBackward', ({ y }) => y === prediction);
  if (!isFirstUse(calls.backward, derivative, gradient)) return calls;
  const args = {
    ...shared,
    logits: softmax.args.x,
    probabilities: prediction,
    gradient: derivative?.args.dx ?? gradient,
  };
  return merged(calls, [softmax], loss, { kernel: 'softmaxCrossEntropy', args }, derivative);
}

/** sigmoid → binary cross-entropy: the layer leaves logits, the loss turns them into probabilities. */
function fuseSigmoidLoss(calls: Calls, call: CallOf<'elementLoss'>): Calls {
  const { prediction, gradient, loss: _, divisor: __, delta, ...shared } = call.args;
  const producer = calls.forward.find((other) => 'y' in other.args && other.args.y === prediction);
  if (producer === undefined || activationOf(producer) !== 'sigmoid') return calls;
  if (isReadBefore(calls.forward, call, prediction)) return calls;
  const derivative = find(calls.backward, 'activationBackward', ({ y }) => y === prediction);
  if (!isFirstUse(calls.backward, derivative, gradient)) return calls;
  const alone = producer.kernel === 'activationForward';
  const logits = alone ? producer.args.x : prediction;
  const args = { ...shared, logits, probabilities: prediction, gradient: derivative?.args.dx ?? gradient };
  const fused = merged(calls, alone ? [producer] : [], call, { kernel: 'sigmoidCrossEntropy', args }, derivative);
  if (alone) return fused;
  const linear = withActivation(producer, activationNumber('linear'));
  return { ...fused, forward: fused.forward.map((other) => (other === producer ? linear : other)) };
}

/** The calls with `fused` in place of a loss, without those that it does the work of. */
function merged(
  { forward, backward }: Calls,
  dropped: readonly Instruction[],
  loss: KernelCall,
  fused: KernelCall,
  derivative: KernelCall | undefined,
): Calls {
  return {
    forward: forward.filter((call) => !dropped.includes(call)).map((call) => (call === loss ? fused : call)),
    backward: backward.filter((call) => call !== derivative),
  };
}

/** The activation that a call applies to its output, if any. */
function activationOf({ args }: Instruction): ActivationName | undefined {
  return 'activation' in args ? activations[args.activation] : undefined;
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

/** The kernels that multiply the gradient dx they write by activation′(x). */
const endsInSlope: readonly string[] = [
  'denseInputGradient',
  'conv2dInputGradient',
  'maxPool2dBackward',
  'averagePool2dBackward',
  'depthwiseConv2dInputGradient',
  'batchNormInputGradient',
] satisfies KernelName[];

/** Whether `call` writes the gradient of the very buffer whose activation `derivative` differentiates. */
function endsInGradientOf(call: Instruction, derivative: CallOf<'activationBackward'>): boolean {
  if (call.kernel === 'sync' || !endsInSlope.includes(call.kernel)) return false;
  const args = call.args as KernelArguments<'denseInputGradient'>;
  const inPlace = derivative.args.dy === derivative.args.dx;
  return inPlace && args.dx === derivative.args.dy && args.x === derivative.args.y;
}

function withActivation(call: Instruction, activation: number): KernelCall {
  return { ...call, args: { ...call.args, activation } } as KernelCall;
}

function find<K extends KernelName>(
  calls: readonly Instruction[],
  kernel: K,
  matches: (args: CallOf<K>['args']) => boolean,
): CallOf<K> | undefined {
  return calls.find((call): call is CallOf<K> => call.kernel === kernel && matches(call.args as CallOf<K>['args']));
}

/** Whether a call before the loss reads a buffer that an earlier one has written. */
function isReadBefore(calls: readonly Instruction[], loss: KernelCall, buffer: number): boolean {
  const users = calls
    .slice(0, calls.indexOf(loss))
    .filter((call) => call.kernel !== 'sync' && bufferArguments(call).includes(buffer));
  return users.length > 1;
}

/** Whether a derivative, if there is one, takes the loss's gradient as it is: not the sum of several gradients. */
function isFirstUse(
  backward: readonly Instruction[],
  derivative: CallOf<'softmaxBackward' | 'activationBackward'> | undefined,
  gradient: number,
): boolean {
  const first = backward.find((call) => call.kernel !== 'sync' && bufferArguments(call).includes(gradient));
  return derivative === undefined || first === derivative;
}

/** The buffers a call names, in the order of its arguments; absent optional ones are left out. */
export function bufferArguments(call: KernelCall): number[] {
  const kinds: Readonly<Record<string, string>> = kernelTable[call.kernel].arguments;
  return Object.entries(call.args)
    .filter(([name, value]) => kinds[name].startsWith('rows') && value >= 0)
    .map(([, value]) => value);
}
