import type { GraphNode } from '../../../../tracing/graph.js';
import type { OnnxValue } from '../../graph.js';

/** What a node may read: the inputs of the layer, and the nodes before it by their names. */
export interface Before {
  readonly inputs: readonly OnnxValue[];
  readonly nodes: readonly GraphNode[];
  readonly made: readonly string[];
}
