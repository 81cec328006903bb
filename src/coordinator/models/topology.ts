import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import { partsOf } from '../../shared/tfjs/discard.js';
import { withWholeActivations } from '../../shared/tfjs/servingActivations.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';

/** A model as TensorFlow.js serialises it, with what it would leave out or could not write. */
export function topologyOf(model: LayersModel): Topology {
  const parts = partsOf(model);
  const undo = [...parts].flatMap((part) => [...hideStates(part), ...showUnreadInputs(part)]);
  try {
    return withWholeActivations(parts, () => model.toJSON(null, false) as Topology);
  } finally {
    for (const one of undo) one();
  }
}

type Undo = () => void;

/**
 * The states that a Bidirectional is given stand among its inputs and once more among the arguments of the call, where
 * TensorFlow.js cannot write them and warns of it.
 */
function hideStates({ inboundNodes }: TfLayer): Undo[] {
  return inboundNodes.flatMap((call) => {
    const given = call.callArgs;
    if (given?.initialState === undefined) return [];
    call.callArgs = {};
    return [() => Object.assign(call, { callArgs: given })];
  });
}

/** What of a model decides on the inputs that it is written with. */
interface Container {
  readonly layers: TfLayer[];
  readonly inputLayers: readonly TfLayer[];
  readonly containerNodes: Set<string>;
}

/** TensorFlow.js writes the inputs alone that some output reads. */
function showUnreadInputs(part: TfLayer): Undo[] {
  const { layers, inputLayers, containerNodes } = part as TfLayer & Partial<Container>;
  if (layers === undefined || inputLayers === undefined || containerNodes === undefined) return [];
  return inputLayers.flatMap((input) => {
    // As TensorFlow.js names the first call of a layer.
    const node = `${input.name}_ib-0`;
    if (layers.includes(input) || containerNodes.has(node)) return [];
    layers.push(input);
    containerNodes.add(node);
    return [
      () => {
        layers.splice(layers.indexOf(input), 1);
        containerNodes.delete(node);
      },
    ];
  });
}
