import type { LayersEngineName } from '../../shared/protocol/messages.js';
import type { EngineChoice } from './trainerOptions.js';

/** Whether TensorFlow.js computes the model in that engine. */
export function isLayersEngine(name: EngineChoice): name is LayersEngineName {
  return name === 'tensorflow' || name === 'tfjs';
}
