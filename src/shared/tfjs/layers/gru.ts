import { fault } from '../../errors.js';
import { tfc, tfl } from '../tfjs.js';

type Config = tfc.serialization.ConfigDict;

/** The GRU of tfjs-layers, and how it is made from its description; looked up before the class below takes its name. */
const [PlainGru, plainFromConfig] = tfc.serialization.SerializationMap.getMap().classNameMap.GRU;

interface GruArguments extends Config {
  units: number;
  useBias?: boolean;
}

/** The weights of a GRU whose reset gate works after the recurrent product, which has a bias of its own. */
class ResetAfterCell extends tfl.layers.RNNCell {
  /** @nocollapse */
  static readonly className = 'GRUCell';
  readonly stateSize: number;
  readonly #config: GruArguments;

  constructor(args: GruArguments) {
    super({});
    this.stateSize = args.units;
    this.#config = { activation: 'tanh', recurrentActivation: 'sigmoid', ...args };
  }

  override build(inputShape: (number | null)[]): void {
    const { units, useBias } = this.#config;
    const add = (name: string, shape: number[]) =>
      this.addWeight(name, shape, undefined, tfl.initializers.zeros(), undefined, true);
    add('kernel', [inputShape[inputShape.length - 1] as number, 3 * units]);
    add('recurrent_kernel', [units, 3 * units]);
    if (useBias !== false) add('bias', [2, 3 * units]);
    this.built = true;
  }

  override getConfig(): Config {
    const { cell: _, ...config } = this.#config;
    return config;
  }
}

/**
 * GRU with `resetAfter`, which tfjs-layers lacks: shapes, weights and arguments, as a ShapeOnlyLayer has them. A
 * description of a GRU without it builds the layer of tfjs-layers.
 */
export class GRU extends tfl.layers.RNN {
  /** @nocollapse */
  static override readonly className = 'GRU';

  constructor(args: object) {
    super({ ...args, cell: new ResetAfterCell(args as GruArguments) });
  }

  static override fromConfig<T extends tfc.serialization.Serializable>(
    cls: tfc.serialization.SerializableConstructor<T>,
    config: Config,
  ): T {
    return config.resetAfter === true ? new cls(config) : (plainFromConfig(PlainGru, config) as T);
  }

  override call(): never {
    throw fault(
      'SHAPE_ONLY_LAYER',
      `Layer ${this.name} is a GRU with resetAfter, which TensorFlow.js cannot compute; use Lockstep's trainer.`,
    );
  }
}
