import { elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';

/** A masked sequence whose steps that are there stand in front, as recurrent operators take them by their number. */
export interface KeptSteps {
  readonly moved: string;
  /** How many there are, at least 1. */
  readonly lengths: string;
  /** A state, or the initial one (zeros where undefined) in rows without a step. */
  unlessEmpty(state: string, initial: string | undefined): string;
  /** Of the outputs of the moved steps: at each step that of the last one that was there, before them the initial one. */
  atAllSteps(outputs: string, initial: string | undefined): string;
}

/** The steps (N, T, …) from the last to the first. */
export function reversedSteps(name: string, steps: number, to: GraphBuilder): string {
  const one = to.ints([1]);
  return to.node('Slice', [name, to.ints([-1]), to.ints([-steps - 1]), one, to.ints([-1])]);
}

/** Moves the steps that are there to the front, in the order in which they are taken. */
export function keptFirst(x: OnnxValue, mask: string, isBackward: boolean, to: GraphBuilder): KeptSteps {
  const [steps] = x.shape;
  const turned = (name: string): string => (isBackward ? reversedSteps(name, steps, to) : name);
  const [source, there] = [turned(x.name), turned(mask)];
  const counted = (type: number): string => to.node('Cast', [there], { to: type });
  const count = to.node('ReduceSum', [counted(elementTypes.int32), to.ints([1])], { keepdims: 0 });
  const one = to.node('Cast', [to.ints([1])], { to: elementTypes.int32 });
  const isFilled = to.node('Unsqueeze', [to.node('GreaterOrEqual', [count, one]), to.ints([1])]);
  return {
    moved: gathered(source, orderOf(there, steps, to), to),
    lengths: to.node('Max', [count, one]),
    unlessEmpty: (state, initial = to.floats(0)) => to.node('Where', [isFilled, state, initial]),
    atAllSteps: (outputs, initial) => {
      const taken = to.node('CumSum', [counted(elementTypes.int64), to.ints([1])]);
      const place = to.node('Sub', [taken, to.ints([1])]);
      const behind = to.node('GreaterOrEqual', [place, to.ints([0])]);
      const repeated = gathered(outputs, to.node('Max', [place, to.ints([0])]), to);
      const before = initial === undefined ? to.floats(0) : to.node('Unsqueeze', [initial, to.ints([1])]);
      return to.node('Where', [to.node('Unsqueeze', [behind, to.ints([2])]), repeated, before]);
    },
  };
}

/** The places of the steps that are there, then of the others, each in order. */
function orderOf(there: string, steps: number, to: GraphBuilder): string {
  const numbers = Array.from({ length: steps }, (_, step) => step);
  const kept = numbers.map((step) => steps - step);
  const left = numbers.map((step) => -step);
  const keys = to.node('Where', [there, to.floats(kept, [steps]), to.floats(left, [steps])]);
  const [, order] = to.several('TopK', [keys, to.ints([steps])], 2, { axis: 1, largest: 1, sorted: 1 });
  return order;
}

/** The steps of each row at the places (N, T) of its own. */
function gathered(x: string, places: string, to: GraphBuilder): string {
  return to.node('GatherND', [x, to.node('Unsqueeze', [places, to.ints([2])])], { batch_dims: 1 });
}
