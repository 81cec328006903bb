import type { TracedGraph } from '../tracing/graph.js';
import type { LossSpec } from './objectives.js';

/** One loss over all outputs, which the first output has. */

/** Whether a loss is one over several outputs. */
export function isJointLoss(loss: LossSpec | null): boolean {
  return (loss?.name === 'called' && loss.joint) || (loss?.name === 'traced' && loss.graph.gradients.length > 1);
}

/** Whether a loss over all outputs reads the targets of one: what is called is given all. */
export function readsTarget(loss: LossSpec | null, output: number): boolean {
  if (loss === null || !isJointLoss(loss)) return false;
  return loss.name !== 'traced' || argumentsOf(loss.graph).includes(`target${output}`);
}

function argumentsOf({ nodes }: TracedGraph): string[] {
  return nodes.flatMap((node) => (node.op === 'argument' ? [node.argument] : []));
}
