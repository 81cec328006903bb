import { tfc } from '../tfjs.js';
import { ELU, ReLU, Step } from './elementwise.js';
import { GRU } from './gru.js';
import { MultiHeadAttention } from './multiHeadAttention.js';
import { SpatialDropout2D } from './spatialDropout2d.js';
import { Subtract } from './subtract.js';

/** Every layer class that Lockstep adds to those of tfjs-layers, by registering it with its serialization. */
export const addedLayers = [Subtract, GRU, ELU, ReLU, Step, SpatialDropout2D, MultiHeadAttention];

for (const layer of addedLayers) tfc.serialization.registerClass(layer);
