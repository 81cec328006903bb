import { LockstepError, userError } from '../../../shared/errors.js';
import type { LayerDescription, ModelDescription, NodeDescription } from '../../compiler/lower/description.js';
import { findLowering } from '../../compiler/lower/index.js';
import { formOf } from './forms/index.js';
import { tracedForm } from './forms/traced/index.js';
import { GraphBuilder, type OnnxGraph, type OnnxNode, type OnnxPort, type OnnxValue } from './graph.js';

/**
 * A model at inference as an ONNX graph; the number of rows is open. `weights` are those of the description, by name.
 *
 * @throws LockstepError `NOT_IN_ONNX` for the first ten layers that have no equal form.
 */
export function onnxGraphOf(model: ModelDescription, weights: ReadonlyMap<string, Float32Array>): OnnxGraph {
  const inputs = model.inputs.map((_, number) => inputOf(model, number));
  const outputs = outputsOf(model, new Set(inputs.map(({ name }) => name)));
  const to = new GraphBuilder(
    weights,
    [...inputs, ...outputs].map(({ name }) => name),
  );
  const values: OnnxValue[] = inputs.map(({ name, shape, type }) => ({
    name,
    shape,
    ...(type === 'int32' && { type }),
  }));
  const problems: string[] = [];
  for (const node of model.nodes) values.push(...callOf(model, node, values, problems, to));
  if (problems.length > 0) throw refusal(problems);
  const given = outputs.map((port, i) => {
    const { name, type } = values[model.outputs[i].value];
    to.named('Identity', name, port.name);
    return type === undefined ? port : { ...port, type };
  });
  return { ...withoutUnread(to, outputs), inputs, outputs: given, opset: to.opset };
}

/** Indices are int32, as Lockstep takes them. */
function inputOf({ inputs, nodes, layers }: ModelDescription, number: number): OnnxPort {
  const readers = nodes.filter((node) => node.inputs.includes(number)).map(({ layer }) => layers[layer]);
  const isIndex = readers.some(({ type }) => findLowering(type)?.indexLimit !== undefined);
  return { ...inputs[number], type: isIndex ? 'int32' : 'float32' };
}

/** Every output has a name of its own, and a node of its own that gives it. */
function outputsOf({ outputs }: ModelDescription, taken: Set<string>): OnnxPort[] {
  return outputs.map(({ name, shape }) => {
    let own = name;
    for (let i = 1; taken.has(own); i++) own = `${name}_output${i === 1 ? '' : i}`;
    taken.add(own);
    return { name: own, shape, type: 'float32' };
  });
}

/** The values of one call; what has no form is noted, and stands as though it were there. */
function callOf(
  { layers }: ModelDescription,
  node: NodeDescription,
  values: readonly OnnxValue[],
  problems: string[],
  to: GraphBuilder,
): readonly OnnxValue[] {
  const { inputShapes, outputShapes } = node;
  const layer = { ...layers[node.layer], inputShape: inputShapes[0], outputShape: outputShapes[0] };
  const inputs = node.inputs.map((value) => values[value]);
  to.enter(layer.name);
  try {
    const form = layer.traced === undefined ? formOf(layer) : tracedForm(layer.traced);
    return masked(layer, form(layer, inputs, to, formOf), inputs, to);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    problems.push(error.message);
    return outputShapes.map((shape) => ({ name: layer.name, shape }));
  }
}

const MOST_PROBLEMS = 10;

function refusal(problems: readonly string[]): LockstepError {
  const own = [...new Set(problems)];
  const more = own.length > MOST_PROBLEMS ? ` And ${own.length - MOST_PROBLEMS} more.` : '';
  return userError('NOT_IN_ONNX', own.slice(0, MOST_PROBLEMS).join(' ') + more);
}

/** The values with the masks that the layer leaves them, as its lowering says. */
function masked(
  layer: LayerDescription,
  values: readonly OnnxValue[],
  inputs: readonly OnnxValue[],
  to: GraphBuilder,
): readonly OnnxValue[] {
  const lowering = findLowering(layer.type);
  if (layer.traced?.passesMask) return withMask(layer, values, inputs, to);
  if (lowering?.lowerCall !== undefined && lowering.mask !== 'passes') return values;
  if (lowering?.mask === 'own') return values;
  if (lowering?.mask === 'passes') return withMask(layer, values, inputs, to);
  return values.map(({ mask: _, ...value }) => value);
}

function withMask(
  layer: LayerDescription,
  values: readonly OnnxValue[],
  inputs: readonly OnnxValue[],
  to: GraphBuilder,
): readonly OnnxValue[] {
  const mask = mergedMask(layer, values, inputs, to);
  return values.map(({ mask: _, ...value }) => (mask === undefined ? value : { ...value, mask }));
}

/** A step is there where it is in any input; all are where an input has no mask. */
function mergedMask(
  { name, type }: LayerDescription,
  [{ shape }]: readonly OnnxValue[],
  inputs: readonly OnnxValue[],
  to: GraphBuilder,
): string | undefined {
  const masks = new Set(inputs.map(({ mask }) => mask));
  if (masks.has(undefined)) return undefined;
  if (inputs.some((x) => x.shape[0] !== shape[0])) {
    throw userError(
      'NOT_IN_ONNX',
      `Layer ${name} (${type}) joins masked sequences along their steps; end the masks before it, or join along the last axis.`,
    );
  }
  return ([...masks] as string[]).reduce((a, b) => to.node('Or', [a, b]));
}

/** The nodes and constants that an output needs. */
function withoutUnread(
  { nodes, constants }: GraphBuilder,
  outputs: readonly OnnxPort[],
): Pick<OnnxGraph, 'nodes' | 'constants'> {
  const read = new Set(outputs.map(({ name }) => name));
  const needed = nodes.toReversed().filter((node) => {
    const isRead = node.outputs.some((name) => read.has(name));
    if (isRead) for (const name of readBy(node)) read.add(name);
    return isRead;
  });
  return { nodes: needed.toReversed(), constants: constants.filter(({ name }) => read.has(name)) };
}

/** What a node reads, in the graphs within it too. */
function readBy({ inputs, attributes }: OnnxNode): readonly string[] {
  const bodies = Object.values(attributes).flatMap((value) =>
    typeof value === 'object' && 'body' in value ? value.body.nodes : [],
  );
  return [...inputs, ...bodies.flatMap(readBy)];
}
