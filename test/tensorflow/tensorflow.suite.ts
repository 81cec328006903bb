import { layersEngineTests } from '../helpers/layersEngine.js';

/** On libtensorflow, where `npm run setup:tensorflow` has found it; `npm run test:tensorflow` runs this. */
layersEngineTests('tensorflow');
