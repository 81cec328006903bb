import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultWorkers } from '../bench/machine.js';
import { type PeerName, peerNames } from '../bench/peers/catalog.js';
import { chooseWorkloads, type Watch, workloadNames } from '../bench/workloads.js';
import { engineNames } from '../coordinator/config/names.js';
import type { EngineChoice } from '../coordinator/options.js';
import { type InstructionSet, instructionSets } from '../shared/native/addon.js';
import { positiveInteger } from './options.js';
import { print, printJson } from './output.js';
import { StatusLine } from './statusLine.js';

interface OutputOptions {
  readonly json?: true;
  readonly out?: string;
}

/** What the benchmarks of whole steps accept; see `addWorkOptions`. */
interface WorkOptions extends OutputOptions {
  readonly workload: string;
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  readonly steps?: number;
  readonly rounds: number;
}

interface StepCommandOptions extends WorkOptions {
  readonly shards: readonly (number | 'workers')[];
}

interface PeersCommandOptions extends WorkOptions {
  readonly peers: readonly PeerName[];
  readonly python?: string;
}

interface KernelsCommandOptions extends OutputOptions {
  readonly isa?: InstructionSet;
  readonly milliseconds: number;
  readonly shards: number;
}

/** Adds `lockstep bench …`: every figure of the documentation, repeatable with one command. */
export function benchCommand(program: Command = new Command()): Command {
  const bench = program
    .command('bench')
    .description('Measures a step, the kernels in it, and the libraries it competes with.');
  addStepCommand(bench);
  addPeersCommand(bench);
  addKernelsCommand(bench);
  return bench;
}

function addStepCommand(bench: Command): void {
  const command = bench.command('step').description('Times a training step and the phases of every rank.');
  addWorkOptions(command)
    .option('--shards <list>', 'shards a batch; `workers` means one a worker', shardList, [8])
    .addHelpText('after', '\nExample:\n  $ lockstep bench step --workload mlp --workers 1,2 --shards 8,workers')
    .action(async ({ workload, ...options }: StepCommandOptions) => {
      const [{ benchStep }, { renderStep }] = await Promise.all([
        import('../bench/step.js'),
        import('../bench/renderStep.js'),
      ]);
      const workloads = chooseWorkloads(workload);
      await emit(await watched((watch) => benchStep({ ...options, workloads }, watch)), renderStep, options);
    });
}

function addPeersCommand(bench: Command): void {
  const command = bench
    .command('peers')
    .description('Times Lockstep and other libraries on the same work, from the same weights, in interleaved rounds.');
  addWorkOptions(command)
    .option('--peers <list>', `some of ${peerNames.join(', ')}`, peerList, [...peerNames])
    .option('--python <path>', 'the Python that has them; else LOCKSTEP_PEERS_PYTHON, else bench/peers/venv/bin/python')
    .addHelpText('after', '\nExample:\n  $ lockstep bench peers --workload mlp --peers torch,jax --out peers.json')
    .action(async ({ workload, ...options }: PeersCommandOptions) => {
      const [{ benchPeers }, { renderPeers }] = await Promise.all([
        import('../bench/peers/peers.js'),
        import('../bench/peers/render.js'),
      ]);
      const workloads = chooseWorkloads(workload);
      await emit(await watched((watch) => benchPeers({ ...options, workloads }, watch)), renderPeers, options);
    });
}

function addKernelsCommand(bench: Command): void {
  const command = bench
    .command('kernels')
    .description('Times each native kernel on one core, beside what the core can do.');
  addOutputOptions(command)
    .addOption(new Option('--isa <name>', 'the build of the kernels; default the best').choices(instructionSets))
    .option('--milliseconds <n>', 'time spent on each', positiveInteger, 200)
    .option('--shards <n>', "a rank's shards", positiveInteger, 4)
    .addHelpText('after', '\nExample:\n  $ lockstep bench kernels --isa avx2')
    .action(async (options: KernelsCommandOptions) => {
      const [{ benchKernels }, { renderKernels }] = await Promise.all([
        import('../bench/kernels.js'),
        import('../bench/renderKernels.js'),
      ]);
      await emit(benchKernels(options), renderKernels, options);
    });
}

function addWorkOptions(command: Command): Command {
  return addOutputOptions(command)
    .option('--workload <name>', `one of ${workloadNames.join(', ')} or all`, 'all')
    .option('--workers <list>', 'numbers of workers', workerList, defaultWorkers())
    .addOption(new Option('--engine <name>', 'what computes').choices(engineNames).default('auto'))
    .option('--steps <n>', "steps a round; default is each workload's own number", positiveInteger)
    .option('--rounds <n>', 'rounds after the one that warms up', positiveInteger, 7);
}

function addOutputOptions(command: Command): Command {
  return command.option('--json', 'print one JSON object').option('--out <file>', 'write the JSON object there too');
}

async function emit<T>(report: T, render: (report: T) => string, { json, out }: OutputOptions): Promise<void> {
  if (json) printJson(report);
  else print(render(report));
  if (out !== undefined) await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
}

/** Shows on a terminal what is being measured. */
async function watched<T>(measure: (watch: Watch) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return measure(() => {});
  const line = new StatusLine(process.stderr);
  try {
    return await measure((message) => line.show((width) => message.slice(0, width)));
  } finally {
    line.close();
  }
}

function workerList(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

function shardList(text: string): (number | 'workers')[] {
  return text.split(',').map((part) => (part === 'workers' ? part : positiveInteger(part)));
}

function peerList(text: string): PeerName[] {
  return text.split(',').map((name) => {
    const found = peerNames.find((peer) => peer === name);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`${name} is none of ${peerNames.join(', ')}.`);
  });
}
