import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers as Layers } from '@tensorflow/tfjs-layers';
import { fault } from '../../errors.js';
import { type TfLayer, tfc } from '../tfjs.js';
import type { Shape } from './shapeOnly.js';

/**
 * Classes of tfjs-layers that infer another output shape than Keras, or lose an argument when they are saved: the same
 * classes without that. They take the place of the others when a model is built from layer configs or a file.
 */

type LayerClass = typeof Layers.Layer;
/** What any layer may be given. */
export type LayerArguments = ConstructorParameters<LayerClass>[0];

/** A class of tfjs-layers, which exports only functions that make its instances. */
export function registered(className: string): LayerClass {
  const found: object = tfc.serialization.SerializationMap.getMap().classNameMap[className][0];
  return found as LayerClass;
}

/** A convolution of tfjs-layers with `groups`: each filter reads the channels of its group. TensorFlow.js computes those without. */
function grouped(name: string): LayerClass {
  const made = class extends registered(name) {
    readonly #groups: number;

    constructor(args: LayerArguments & { groups?: number } = {}) {
      super(args);
      this.#groups = args.groups ?? 1;
    }

    override build(inputShape: Shape | Shape[]): void {
      const shape = inputShape as Shape;
      const channels = shape[shape.length - 1] as number;
      super.build(shape.with(-1, Math.max(1, Math.floor(channels / this.#groups))));
      // What tfjs-layers notes here are the channels of one group.
      if (this.#groups > 1) this.inputSpec = null as unknown as typeof this.inputSpec;
    }

    override call(inputs: Tensor | Tensor[], others: Parameters<TfLayer['call']>[1]): Tensor | Tensor[] {
      if (this.#groups === 1) return super.call(inputs, others);
      throw fault(
        'SHAPE_ONLY_LAYER',
        `Layer ${this.name} is a ${name} with groups, which TensorFlow.js cannot compute; use Lockstep's trainer.`,
      );
    }

    override getConfig(): tfc.serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.#groups > 1 && { groups: this.#groups }) };
    }
  };
  return made as unknown as LayerClass;
}

/** As keras.layers.Conv2D. */
export class Conv2D extends grouped('Conv2D') {
  /** @nocollapse */
  static readonly className = 'Conv2D';
}

/** As keras.layers.Conv1D: a causal one has as many steps as its input, divided by its stride. */
export class Conv1D extends grouped('Conv1D') {
  /** @nocollapse */
  static readonly className = 'Conv1D';

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const { padding, strides, filters } = this.getConfig();
    if (padding !== 'causal') return super.computeOutputShape(inputShape);
    const [rows, steps] = inputShape as Shape;
    const [stride] = strides as number[];
    return [rows, steps === null ? null : Math.ceil(steps / stride), filters as number];
  }
}

/** As keras.layers.DepthwiseConv2D: dilation widens the window. */
export class DepthwiseConv2D extends registered('DepthwiseConv2D') {
  /** @nocollapse */
  static readonly className = 'DepthwiseConv2D';

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const inferred = super.computeOutputShape(inputShape) as Shape;
    const config = this.getConfig();
    if (config.padding !== 'valid') return inferred;
    const [windows, dilations, strides] = [config.kernelSize, config.dilationRate, config.strides] as number[][];
    const [rows, ...image] = inputShape as Shape;
    const output = image.slice(0, 2).map((length, axis) => {
      const reach = (windows[axis] - 1) * dilations[axis] + 1;
      return length === null ? null : Math.floor((length - reach) / strides[axis]) + 1;
    });
    return [rows, ...output, inferred[3]];
  }
}

/** As keras.layers.Flatten: a vector stays as it is. */
export class Flatten extends registered('Flatten') {
  /** @nocollapse */
  static readonly className = 'Flatten';

  constructor(args?: LayerArguments) {
    super(args as LayerArguments);
    this.inputSpec = [{ minNDim: 2 }] as typeof this.inputSpec;
  }
}

/** As keras.layers.Reshape: the length left open, −1, is what the others leave. */
export class Reshape extends registered('Reshape') {
  /** @nocollapse */
  static readonly className = 'Reshape';

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [rows, ...row] = inputShape as Shape;
    if (row.includes(null)) return super.computeOutputShape(inputShape);
    const [, ...reshaped] = super.computeOutputShape([1, ...row]) as Shape;
    return [rows, ...reshaped];
  }
}

/** As keras.layers.SeparableConv2D: `depthMultiplier` is saved. */
export class SeparableConv2D extends registered('SeparableConv2D') {
  /** @nocollapse */
  static readonly className = 'SeparableConv2D';
  readonly #depthMultiplier: number;

  constructor(args: LayerArguments & { depthMultiplier?: number } = {}) {
    super(args);
    this.#depthMultiplier = args.depthMultiplier ?? 1;
  }

  override getConfig(): tfc.serialization.ConfigDict {
    return { ...super.getConfig(), depthMultiplier: this.#depthMultiplier };
  }
}
