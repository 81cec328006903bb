import { arch, cpus, platform, release } from 'node:os';
import { availableCores } from '../shared/threads/cores.js';

/** What a figure was measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableCores().cores,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

/** One line for the head of a report. */
export function renderMachine({ processor, cores, system, node }: Machine): string {
  return `${processor}, ${cores} cores, ${system}, Node ${node}`;
}

/** A warning when other programs used a tenth of a core or more while figures were taken, else nothing. */
export function renderOthers(othersBusy: number): string[] {
  if (othersBusy < 0.1) return [];
  return [`other programs kept ${othersBusy.toFixed(1)} cores busy meanwhile: repeat this on a quiet machine`];
}

/** Numbers of workers, and of threads of others, that are compared unless asked otherwise: one, and one a core. */
export function defaultWorkers(): number[] {
  const { cores } = availableCores();
  return cores > 1 ? [1, cores] : [1];
}

/** Powers of two below the number of cores, then that number. */
export function coreCounts(cores: number = availableCores().cores): number[] {
  const below = Array.from({ length: Math.ceil(Math.log2(cores)) }, (_, i) => 2 ** i);
  return [...below, cores];
}

/** Numbers of workers that show scaling: up to the number of cores, then twice and four times it. */
export function scalingWorkers(cores: number = availableCores().cores): number[] {
  return [...coreCounts(cores), 2 * cores, 4 * cores];
}
