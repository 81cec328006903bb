import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';

/** A model as TensorFlow.js serialises it. */
export function topologyOf(model: LayersModel): Topology {
  // The states that a Bidirectional is given stand among its inputs and once more among the arguments of the call, where
  // TensorFlow.js cannot write them and warns of it.
  const told = callsOf(model.layers).flatMap((call) => {
    const given = call.callArgs;
    return given?.initialState === undefined ? [] : [{ call, given }];
  });
  for (const { call } of told) call.callArgs = {};
  try {
    return model.toJSON(null, false) as Topology;
  } finally {
    for (const { call, given } of told) call.callArgs = given;
  }
}

function callsOf(layers: readonly TfLayer[]): TfLayer['inboundNodes'] {
  return layers.flatMap((layer) => [...layer.inboundNodes, ...callsOf((layer as Partial<LayersModel>).layers ?? [])]);
}
