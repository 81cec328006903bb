import type { Tensor } from '@tensorflow/tfjs-core';
import { type TfLayer, tfc, tfl } from '../tfjs.js';
import type { LayerArguments } from './corrected.js';
import type { Step } from './elementwise.js';
import { initializerOf } from './initializer.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

type Config = tfc.serialization.ConfigDict;

/** A layer class that tfjs-layers can register. */
export type LayerClass = Pick<typeof Step, 'fromConfig'> & { readonly className: string } & (new (
    args: LayerArguments,
  ) => TfLayer);

/** The arguments of a layer, those that were not given at their defaults. */
// biome-ignore lint/suspicious/noExplicitAny: each declaration says what its arguments are.
export type DeclaredArguments = any;

/** A weight: its name, its shape, its initializer and whether it is trained. */
export interface DeclaredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer?: unknown;
  readonly trainable?: boolean;
}

/** A layer class that tfjs-layers lacks, as plain data and functions of its arguments. */
export interface Declaration {
  readonly className: string;
  /** The layer's own arguments, with their defaults. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Shapes have the batch in front; a layer of one input gets a list of one. That of the first input by default. */
  readonly shapeOf?: (args: DeclaredArguments, inputs: readonly Shape[]) => Shape | Shape[];
  /** `rows`: the shapes of one row of each input. */
  readonly weightsOf?: (args: DeclaredArguments, rows: readonly (readonly number[])[]) => readonly DeclaredWeight[];
  /** What it computes, where TensorFlow.js is to compute it too, or where its lowering is traced from it. */
  readonly compute?: (args: DeclaredArguments, inputs: readonly Tensor[], weights: readonly Tensor[]) => Tensor;
  readonly passesMask?: boolean;
}

/** The class of a declaration; without `compute` it knows shapes, weights and arguments alone. */
export function declared(declaration: Declaration): LayerClass {
  const { className, defaults, shapeOf, weightsOf, compute, passesMask = false } = declaration;
  const Base = (compute === undefined ? ShapeOnlyLayer : tfl.layers.Layer) as typeof tfl.layers.Layer;
  const made = class extends Base {
    /** @nocollapse */
    static readonly className = className;
    readonly own: DeclaredArguments;

    constructor(args: LayerArguments & Config = {}) {
      super(args);
      this.supportsMasking = passesMask;
      const given = Object.keys(defaults).filter((name) => args[name] !== undefined);
      this.own = { ...defaults, ...Object.fromEntries(given.map((name) => [name, args[name]])) };
    }

    override build(inputShape: Shape | Shape[]): void {
      const rows = listOfShapes(inputShape).map(([, ...row]) => row as number[]);
      for (const { name, shape, initializer = 'zeros', trainable = true } of weightsOf?.(this.own, rows) ?? []) {
        this.addWeight(name, [...shape], undefined, initializerOf(initializer), undefined, trainable);
      }
      this.built = true;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
      const shapes = listOfShapes(inputShape);
      return shapeOf?.(this.own, shapes) ?? shapes[0];
    }

    override call(inputs: Tensor | Tensor[], others: Parameters<TfLayer['call']>[1]): Tensor | Tensor[] {
      if (compute === undefined) return super.call(inputs, others);
      const weights = this.weights.map((weight) => weight.read());
      return tfc.tidy(() => compute(this.own, [inputs].flat(), weights));
    }

    override getConfig(): Config {
      return { ...super.getConfig(), ...this.own };
    }
  };
  return made as unknown as LayerClass;
}

/** The shapes of a layer's inputs, of which there may be one. */
function listOfShapes(shape: Shape | Shape[]): Shape[] {
  return Array.isArray(shape[0]) ? (shape as Shape[]) : [shape as Shape];
}
