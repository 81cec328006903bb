import { userError } from '../../../../../shared/errors.js';
import type { LayerDescription } from '../../../../compiler/lower/description.js';
import type { GraphNode } from '../../../../tracing/graph.js';
import type { TracedLayer } from '../../../../tracing/traceLayer.js';
import type { LayerForm } from '../../form.js';
import type { GraphBuilder, OnnxValue } from '../../graph.js';
import type { Before } from './before.js';
import { applied, chosen, combined, reduced } from './elements.js';
import { convolved, pooled } from './images.js';
import { joined, scattered, viewed } from './views.js';

/**
 * A layer of a class of the caller's: the graph of its trace, node by node. A node's rows are flat, (N, size); what all rows
 * share is one row, which repeats.
 */
export function tracedForm(traced: TracedLayer): LayerForm {
  return (layer, inputs, to) => {
    const { nodes, value } = traced.inference;
    const made: string[] = [];
    for (const node of nodes) made.push(nodeForm(layer, node, { inputs, nodes, made }, to));
    const flat = { name: made[value], shape: [nodes[value].size] };
    return [{ name: rowsOf(flat.name, inputs[0], layer.outputShape, to), shape: layer.outputShape }];
  };
}

/** A row for each of the layer's, also where all share one; in a shape. */
function rowsOf(name: string, { name: input }: OnnxValue, shape: readonly number[], to: GraphBuilder): string {
  const shaped = to.node('Reshape', [name, to.ints([0, ...shape])]);
  const rows = to.node('Shape', [input], { start: 0, end: 1 });
  const whole = to.node('Concat', [rows, to.ints(shape.map(() => 1))], { axis: 0 });
  return to.node('Expand', [shaped, whole]);
}

/** What has no form, as a sentence goes on. */
const refused = {
  random: 'draws random numbers at inference',
  convolutionFilter: 'computes with the gradient of a convolution',
  poolGradient: 'computes with the gradient of a pool',
} as const;

function nodeForm(layer: LayerDescription, node: GraphNode, before: Before, to: GraphBuilder): string {
  const { inputs, nodes, made } = before;
  switch (node.op) {
    case 'argument': {
      const { name } = inputs[Number(node.argument.replace('input', ''))];
      return to.node('Reshape', [name, to.ints([0, node.size])]);
    }
    case 'weight':
      return to.weight(layer, node.weight, { shape: [1, node.size] });
    case 'constant':
      return to.floats(node.values, [1, node.size]);
    case 'unary':
      return applied(node.function, made[node.x], to);
    case 'binary':
      return combined(node, made, to);
    case 'select':
      return chosen(node, made, to);
    case 'reduce':
      return reduced(node, made[node.x], to);
    case 'view':
      return viewed(node, made[node.x], nodes[node.x].size, to);
    case 'scatter':
      return scattered(node, made[node.x], nodes[node.x].size, to);
    case 'join':
      return joined(node, before, to);
    case 'product':
      return product(node, made, to);
    case 'softmax': {
      const grouped = to.node('Reshape', [made[node.x], to.ints([0, node.groups, node.width])]);
      return flat(to.node('Softmax', [grouped], { axis: -1 }), node.size, to);
    }
    case 'convolution':
    case 'convolutionInput':
      return convolved(layer, node, before, to);
    case 'pool':
      return pooled(node, made[node.x], to);
    case 'random':
      throw userError(
        'NOT_IN_ONNX',
        `Layer ${layer.name} (${layer.type}) draws random numbers at inference, which an ONNX file would draw otherwise; let it draw in training alone, or save the model in another format.`,
      );
    default:
      throw userError(
        'NOT_IN_ONNX',
        `Layer ${layer.name} (${layer.type}) ${refused[node.op]}, which has no form in ONNX; save the model in another format.`,
      );
  }
}

/** Rows of `size` elements. */
function flat(name: string, size: number, to: GraphBuilder): string {
  return to.node('Reshape', [name, to.ints([0, size])]);
}

type Product = Extract<GraphNode, { op: 'product' }>;

/** (groups, rows, inner) · (groups, inner, columns), each stored so or as its transpose. */
function product(node: Product, made: readonly string[], to: GraphBuilder): string {
  const { groups, rows, inner, columns, transposeA, transposeB, sharedA, sharedB } = node;
  const matrix = (name: string, own: number, [height, width]: readonly number[], turned: boolean): string => {
    const stored = to.node('Reshape', [name, to.ints([0, own, ...(turned ? [width, height] : [height, width])])]);
    return turned ? to.node('Transpose', [stored], { perm: [0, 1, 3, 2] }) : stored;
  };
  const a = matrix(made[node.a], sharedA ? 1 : groups, [rows, inner], transposeA);
  const b = matrix(made[node.b], sharedB ? 1 : groups, [inner, columns], transposeB);
  return flat(to.node('MatMul', [a, b]), node.size, to);
}
