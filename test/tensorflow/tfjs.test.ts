import { layersEngineTests } from '../helpers/layersEngine.js';

/** The engine that is always there: TensorFlow.js in plain JavaScript. */
layersEngineTests('tfjs');
