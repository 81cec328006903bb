import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { LockstepError, userError } from '../../shared/errors.js';
import { isAllocationFailure } from '../../shared/memory/beyondMemory.js';
import { type TfLayer, tfl } from '../../shared/tfjs/tfjs.js';
import { requireParsed } from '../options/parseErrors.js';
import { suggestion } from '../options/suggestion.js';
import type { FunctionalConfig, LayerConfig } from '../options/trainerOptions.js';
import type { BuiltModel } from './built.js';
import { createLayer, LayerNames, typeOf } from './fromLayers.js';
import { type Initializers, withInitializers } from './initializers.js';
import { entranceOf, isEntrance } from './kerasConfig.js';
import { topologyOf } from './topology.js';

const name = z.string({ error: 'a name' }).min(1, { error: 'a name' });
const namesRule = 'the name of a layer, or a list of names';
const names = z.union([name.transform((one) => [one]), z.array(name).min(1)], { error: namesRule });
const shapeRule = 'a list of lengths, such as [28, 28, 1]';
const lengths = z
  .array(z.int({ error: shapeRule }).positive({ error: shapeRule }).nullable(), { error: shapeRule })
  .min(1, { error: shapeRule });

/** What places a layer in the graph; its other keys are the layer's own. */
const placing = z.looseObject({
  /** What it reads; by default what the layer before it makes. */
  inputs: names.optional(),
  /** The name of the layer that is called once more. */
  shared: name.optional(),
});

const entrance = z.strictObject({ name, shape: lengths }, { error: 'a name and a shape' });

/** Builds a functional model from layer configs; TensorFlow.js infers the shapes. */
export function modelFromGraph({ layers, inputs, outputs }: FunctionalConfig, title: string): BuiltModel {
  const graph = new GraphBuilder();
  layers.forEach((layer, index) => {
    try {
      graph.add(layer, index);
    } catch (error) {
      if (error instanceof LockstepError || isAllocationFailure(error)) throw error;
      throw userError('INVALID_LAYER', `Layer ${index} does not fit: ${(error as Error).message}`, error);
    }
  });
  const model = tfl.model({ inputs: graph.inputs(inputs), outputs: graph.outputs(outputs), name: title });
  return { model, topology: withInitializers(topologyOf(model), graph.initializers) };
}

/** Calls the layers one after the other. */
class GraphBuilder {
  readonly initializers = new Map<string, Initializers>();
  readonly #names = new LayerNames();
  readonly #layers = new Map<string, TfLayer>();
  readonly #made = new Map<string, readonly SymbolicTensor[]>();
  readonly #entrances: string[] = [];
  #last = '';

  add(given: LayerConfig, index: number): void {
    const { inputs, shared, ...own } = requireParsed(placing, given, () => ({ source: `Layer ${index}`, raw: given }));
    if (shared === undefined && isEntrance(typeOf(own, index))) this.#enter(own, index);
    else this.#call(own, index, inputs, shared);
  }

  #call(own: LayerConfig, index: number, inputs?: readonly string[], shared?: string): void {
    const layer = shared === undefined ? this.#create(own, index) : this.#find(shared, index);
    const sources = (inputs ?? [this.#last]).map((source) => this.tensor(source, `Layer ${index}`));
    const made = layer.apply(sources.length > 1 ? sources : sources[0]) as SymbolicTensor | SymbolicTensor[];
    this.#name(String(own.name ?? layer.name), [made].flat(), index);
  }

  inputs(wanted: readonly string[] = this.#entrances): SymbolicTensor[] {
    return wanted.map((one) => this.tensor(one, 'model.inputs'));
  }

  outputs(wanted: string | readonly string[] = this.#last): SymbolicTensor[] {
    return [wanted].flat().map((one) => this.tensor(one, 'model.outputs'));
  }

  /** A tensor by its name: the layer's, or `lstm:1` for the second output of a layer. */
  tensor(wanted: string, reader: string): SymbolicTensor {
    const [layer, output = '0'] = wanted.split(':');
    const tensor = this.#made.get(layer)?.[Number(output)];
    if (tensor !== undefined) return tensor;
    const known = [...this.#made.keys()];
    const hint = known.length === 0 ? 'begin with a layer of type Input' : suggestion(wanted, known);
    throw userError('UNKNOWN_INPUT', `${reader} reads ${wanted || 'nothing'}, which no layer before it makes; ${hint}`);
  }

  #enter(given: Record<string, unknown>, index: number): void {
    const raw = entranceOf(given);
    const { name: own, shape } = requireParsed(entrance, raw, () => ({ source: `Layer ${index}`, raw }));
    this.#entrances.push(own);
    this.#name(own, [tfl.input({ name: own, shape })], index);
  }

  #create(given: LayerConfig, index: number): TfLayer {
    const type = typeOf(given, index);
    const created = createLayer(given, type, { index, names: this.#names, initializers: this.initializers });
    this.#layers.set(created.name, created);
    return created;
  }

  #find(wanted: string, index: number): TfLayer {
    const layer = this.#layers.get(wanted);
    if (layer !== undefined) return layer;
    throw userError('UNKNOWN_LAYER', `Layer ${index} shares ${wanted}, which is no layer before it; give its name.`);
  }

  #name(given: string, tensors: readonly SymbolicTensor[], index: number): void {
    if (this.#made.has(given)) {
      throw userError('DUPLICATE_NAME', `Layer ${index} is named ${given}, as one before it; give it another name.`);
    }
    this.#made.set(given, tensors);
    this.#last = given;
  }
}
