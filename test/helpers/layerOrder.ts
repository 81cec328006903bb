import type { Trainer, Weight } from '../../src/index.js';

interface Described {
  readonly core: {
    readonly model: {
      readonly description: { readonly layers: readonly { readonly weights: readonly { readonly name: string }[] }[] };
    };
  };
}

/** A trainer's weights layer by layer, as Keras lists them; `weights()` has those that are not trained at the end. */
export function inLayerOrder(trainer: Trainer): Weight[] {
  const byName = new Map(trainer.weights().map((weight) => [weight.name, weight]));
  const { layers } = (trainer as unknown as Described).core.model.description;
  return layers.flatMap(({ weights }) => weights.map(({ name }) => byName.get(name) as Weight));
}
