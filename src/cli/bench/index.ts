import { Command } from 'commander';
import { addAllCommand, addPageCommand } from './all.js';
import { addCheckCommand } from './check.js';
import { addConvergenceCommand } from './convergence.js';
import { addKernelsCommand } from './kernels.js';
import { addMemoryCommand } from './memory.js';
import { addPeersCommand } from './peers.js';
import { addReduceCommand } from './reduce.js';
import { addScalingCommand } from './scaling.js';
import { addStepCommand } from './step.js';
import { addSweepCommand } from './sweep.js';

const subcommands = [
  addStepCommand,
  addScalingCommand,
  addReduceCommand,
  addMemoryCommand,
  addSweepCommand,
  addCheckCommand,
  addPeersCommand,
  addConvergenceCommand,
  addKernelsCommand,
  addAllCommand,
  addPageCommand,
];

/** Adds `lockstep bench …`: every figure of the documentation, repeatable with one command. */
export function benchCommand(program: Command = new Command()): Command {
  const bench = program
    .command('bench')
    .description('Measures a step, the kernels in it, how it scales, and the libraries it competes with.');
  for (const add of subcommands) add(bench);
  return bench;
}
