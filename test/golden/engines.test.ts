import { goldenEngineTests } from '../helpers/goldenEngines.js';

/** TensorFlow.js in plain JavaScript against the kernels; `npm run test:tensorflow` does the same with libtensorflow. */
goldenEngineTests('tfjs');
