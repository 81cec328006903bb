import { cpus } from 'node:os';
import { chooseEngine } from '../coordinator/compiler/engine.js';
import { findAddon, type InstructionSet } from '../shared/native/addon.js';
import { findTensorflow, TENSORFLOW_ADVICE } from '../shared/tfjs/places.js';
import { availableCores, describeQuota } from '../shared/threads/cores.js';

/** One thing that `doctor` looks at. */
export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'poor';
  readonly found: string;
  /** What to do about it; only where something can be done. */
  readonly advice?: string;
}

/** Lowest Node.js that the project supports. */
const OLDEST_NODE = 20;

/** Looks at what a run on this machine would use, and why. */
export function examine(): Finding[] {
  return [examineNode(), examineCores(), examineKernels(), examineInstructions(), examineEngine(), examineTensorflow()];
}

function examineNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  const found = `${process.version} on ${process.platform}-${process.arch}`;
  if (major >= OLDEST_NODE) return { name: 'Node.js', state: 'good', found };
  return { name: 'Node.js', state: 'poor', found, advice: `install Node.js ${OLDEST_NODE} or newer` };
}

function examineCores(): Finding {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const { cores, quota } = availableCores();
  const limit = quota === undefined ? '' : ` (${describeQuota(quota)})`;
  return { name: 'processor', state: 'good', found: `${cores} core${cores === 1 ? '' : 's'}, ${model}${limit}` };
}

function examineKernels(): Finding {
  const search = findAddon();
  if (search.addon !== null) return { name: 'native kernels', state: 'good', found: search.path };
  return {
    name: 'native kernels',
    state: 'poor',
    found: search.reason.split('; ')[0],
    advice: search.reason.split('; ')[1] ?? 'run `npm run build:native` and read what it says',
  };
}

function examineInstructions(): Finding {
  const { addon } = findAddon();
  if (addon === null) return { name: 'instructions', state: 'poor', found: 'none: the kernels are plain JavaScript' };
  const supported = addon.isas();
  const forced = process.env.LOCKSTEP_ISA as InstructionSet | undefined;
  const found = `${forced ?? supported[0]} of ${supported.join(', ')}`;
  if (forced === undefined || forced === supported[0]) return { name: 'instructions', state: 'good', found };
  return {
    name: 'instructions',
    state: 'poor',
    found: `${found}, forced by LOCKSTEP_ISA`,
    advice: `unset LOCKSTEP_ISA to use ${supported[0]}; the results are the same`,
  };
}

/** Only models that do not lower to kernels need it, so that it is missing is no fault. */
function examineTensorflow(): Finding {
  const search = findTensorflow();
  if (search.path !== null) return { name: 'tensorflow', state: 'good', found: search.path };
  return {
    name: 'tensorflow',
    state: 'good',
    found: search.reason,
    advice: `${TENSORFLOW_ADVICE} for engine tensorflow`,
  };
}

function examineEngine(): Finding {
  const { name, reason } = chooseEngine('auto');
  return { name: 'engine', state: name === 'native' ? 'good' : 'poor', found: `${name}: ${reason}` };
}
