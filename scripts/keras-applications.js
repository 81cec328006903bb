/**
 * Says which of keras.applications open here, and which of those kernels compute: each as `model.to_json()` has it, without weights.
 *
 *   pip install keras tensorflow-cpu && node scripts/keras-applications.js --python python3 [--only MobileNetV3Small]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(dirname(here), 'dist', 'src');
const { values } = parseArgs({
  options: { python: { type: 'string', default: 'python3' }, only: { type: 'string', multiple: true, default: [] } },
});
if (!existsSync(built)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}

const load = (path) => import(pathToFileURL(join(built, path)).href);
const { readModel } = await load('coordinator/models/open.js');
const { planModel } = await load('coordinator/models/planModel.js');
const { readObjectives } = await load('coordinator/options/objectives.js');

const python = spawn(values.python, [join(here, 'keras-applications.py'), ...values.only], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const counts = { kernels: 0, refused: 0 };
for await (const line of createInterface({ input: python.stdout })) {
  const { name, model, error } = JSON.parse(line);
  const found = error === undefined ? await plan(model) : `is not made by Keras: ${error}`;
  if (found.startsWith('kernels')) counts.kernels++;
  else counts.refused++;
  console.log(`${name}: ${found}`);
}
console.log(`${counts.kernels} are computed by kernels, ${counts.refused} are not.`);

/** What computes a model, or why nothing does. */
async function plan(source) {
  let opened;
  try {
    opened = await readModel(source, []);
    const objectivesOf = (outputs) =>
      readObjectives(
        { loss: 'categoricalCrossentropy' },
        outputs.map(({ name }) => name),
      );
    const { description, program } = planModel(opened, { objectivesOf, engine: 'reference', modules: [] });
    const weights = program.parameters.reduce((sum, { size }) => sum + size, 0);
    return `kernels, ${description.nodes.length} calls of layers, ${(weights / 1e6).toFixed(1)} million weights`;
  } catch (error) {
    return error.message;
  } finally {
    opened?.[Symbol.dispose]();
  }
}
