import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type OpenModel, openModel, readModel } from '../../src/coordinator/models/open.js';
import { readObjectives } from '../../src/coordinator/options/objectives.js';
import {
  type EngineChoice,
  type LabelledData,
  type ModelSource,
  type OptimizerSpec,
  sgd,
  Trainer,
  type TrainerOptions,
  type Weight,
} from '../../src/index.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import type { Golden, GoldenCase } from './cases.js';
import { fill, type Kind, streams } from './formula.js';
import { functionalModel } from './functional.js';

/**
 * Gradients are read off one step of SGD. The rate is a large power of two, so that the rounding of the weights, to
 * which the step is added, does not hide small gradients.
 */
export const RATE = 1024;

/** A trainer of the case's model with its weights by formula; refuses as Lockstep refuses. */
export async function openSubject(
  given: GoldenCase,
  expected: Golden,
  engine: EngineChoice,
  optimizer: OptimizerSpec = sgd({ learningRate: RATE }),
): Promise<Trainer> {
  const options = { ...optionsOf(given, engine), optimizer };
  const functional = functionalOf(given, expected);
  if (functional !== null) return Trainer.create(functional, options);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-golden-'));
  try {
    await saveWithWeights(given, expected, folder);
    return await Trainer.create(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The functional model of the case with its weights by formula; null for a Sequential one. */
function functionalOf(given: GoldenCase, expected: Golden): LayersModel | null {
  const { nodes, outputs = [] } = given;
  if (nodes === undefined) return null;
  const weights = weightValues(given, expected);
  return functionalModel(nodes, outputs, (name) => weights.filter((_, i) => expected.weights[i].layer === name));
}

/** The case's model as the trainer keeps it, with its weights by formula. */
export async function openGolden(given: GoldenCase, expected: Golden, engine: EngineChoice): Promise<OpenModel> {
  const objectivesOf = (outputs: readonly { readonly name: string }[]) =>
    readObjectives(
      optionsOf(given, engine),
      outputs.map(({ name }) => name),
    );
  const functional = functionalOf(given, expected);
  const source = functional ?? (given.layers as ModelSource);
  using model = await readModel(source, []);
  const open = await openModel(model, undefined, { seed: 0, engine, modules: [], functions: new Map(), objectivesOf });
  if (functional !== null) return open;
  const values = weightValues(given, expected);
  return { ...open, weights: new Map([...open.weights.keys()].map((name, i) => [name, values[i]])) };
}

/** Inputs and targets of the case; several of them by name, in a functional model. */
export function dataOf(given: GoldenCase, expected: Golden): LabelledData {
  const { rows, seed = 1 } = given;
  const inputs = inputShapes(given).map((shape, i) =>
    fill(kindOf(given.inputs, i), [rows, ...shape], seed, streams.inputs + i),
  );
  const targets = expected.outputs.map(({ shape }, i) => {
    const kind = kindOf(given.targets, i);
    if (kind.kind !== 'classes') return fill(kind, shape, seed, streams.targets + i);
    const labels = shape.length === 2 ? [rows, 1] : shape.slice(0, -1);
    return fill({ ...kind, classes: shape[shape.length - 1] }, labels, seed, streams.targets + i);
  });
  const names = given.nodes?.filter(({ type }) => type === 'Input').map(({ name }) => name);
  return {
    x: byName(names, inputs),
    y: byName(given.outputs, targets),
  } as LabelledData;
}

/** The same data with the case's sample or class weights. */
export function weightedDataOf(given: GoldenCase, expected: Golden): LabelledData {
  const { sampleWeights, classWeights, rows, seed = 1 } = given;
  return {
    ...dataOf(given, expected),
    ...(sampleWeights && { sampleWeight: fill(sampleWeights, [rows], seed, streams.sampleWeights).values }),
    ...(classWeights && { classWeight: classWeights }),
  };
}

/** The trainer's weights in the order in which Keras's values are stored: node by node in a functional model. */
export function inGoldenOrder({ nodes }: GoldenCase, weights: readonly Weight[]): readonly Weight[] {
  if (nodes === undefined) return weights;
  return nodes.flatMap(({ name }) => weights.filter((weight) => weight.name.startsWith(`${name}/`)));
}

/** What its trainer is made with. */
export function optionsOf(given: GoldenCase, engine: EngineChoice): TrainerOptions {
  const { loss = 'meanSquaredError', metrics = [], lossWeights } = given;
  const options = { optimizer: sgd({ learningRate: RATE }), loss, metrics, engine, workers: 1 };
  return lossWeights === undefined ? options : ({ ...options, lossWeights } as TrainerOptions);
}

/** Saves the model as a user would, then puts other weights into the file. */
async function saveWithWeights(given: GoldenCase, expected: Golden, folder: string): Promise<void> {
  await using drawn = await Trainer.create(given.layers as ModelSource, optionsOf(given, 'reference'));
  const named = inLayerOrder(drawn);
  const sizes = named.map(({ values }) => values.length);
  const wanted = weightValues(given, expected);
  if (sizes.join() !== wanted.map(({ length }) => length).join()) {
    throw new Error(`The weights have sizes ${sizes}, but those of Keras ${wanted.map(({ length }) => length)}.`);
  }
  await drawn.save(folder);
  const byName = new Map(named.map(({ name }, i) => [name, wanted[i]]));
  const stored = drawn.weights().map(({ name }) => byName.get(name) as Float32Array);
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(stored.map((values) => new Uint8Array(values.buffer))));
}

function weightValues({ seed = 1 }: GoldenCase, { weights }: Golden): Float32Array[] {
  return weights.map(
    ({ shape, range: [low, high] }, stream) => fill({ low, high }, shape, seed, stream).values as Float32Array,
  );
}

function inputShapes({ layers, nodes }: GoldenCase): number[][] {
  if (nodes === undefined) return [layers?.[0].inputShape as number[]];
  return nodes.filter(({ type }) => type === 'Input').map(({ args }) => args?.shape as number[]);
}

function kindOf(kinds: GoldenCase['inputs'], index: number): Kind {
  return (Array.isArray(kinds) ? (kinds as readonly Kind[])[index] : index === 0 ? (kinds as Kind) : undefined) ?? {};
}

/** One tensor as it is, several as a record. */
function byName<T>(names: readonly string[] | undefined, tensors: readonly T[]): T | Record<string, T> {
  if (names === undefined || tensors.length === 1) return tensors[0];
  return Object.fromEntries(tensors.map((tensor, i) => [names[i], tensor]));
}
