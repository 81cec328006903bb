import { createRequire } from 'node:module';
import { requireTensorflow } from '../../src/shared/tfjs/places.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
import { loadBackend } from '../../src/worker/engines/tfjs/backend.js';
import { interchangeTests } from '../helpers/interchange.js';

/** On libtensorflow, with the handler that tfjs-node has for `file://`. */
await loadBackend('tensorflow');
const { io } = createRequire(import.meta.url)(requireTensorflow().path) as {
  io: { fileSystem(path: string): Handler };
};

type Handler = ReturnType<typeof tfc.io.fromMemory> & ReturnType<typeof tfc.io.withSaveHandler>;

interchangeTests('tfjs-node', {
  tf: { ...tfc, ...tfl },
  save: (model, folder) => model.save(io.fileSystem(folder), { includeOptimizer: true }),
  load: (folder) => tfl.loadLayersModel(io.fileSystem(`${folder}/model.json`)),
});
