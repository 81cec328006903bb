import { userError } from '../../errors.js';
import { tfl } from '../tfjs.js';
import { specOf } from '../withheld.js';

type Initializer = ReturnType<typeof tfl.initializers.zeros>;

/** The initializer of tfjs-layers of a name or a serialised form, for layers that Lockstep adds. */
export function initializerOf(given: unknown): Initializer {
  const { className, config } = specOf(given);
  const found = Object.entries(tfl.initializers).find(([name]) => name.toLowerCase() === className.toLowerCase());
  if (found !== undefined) return (found[1] as (config: object) => Initializer)(config);
  throw userError(
    'UNSUPPORTED_INITIALIZER',
    `TensorFlow.js has no initializer "${className}"; use one of ${Object.keys(tfl.initializers).join(', ')}.`,
  );
}
