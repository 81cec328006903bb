/**
 * A small Transformer reads handwritten digits: the eight pixel rows of an image are its tokens. About 0.97 of the digits it
 * has not seen are right. Run it with `npx tsx examples/transformer.ts [epochs]`.
 */
import { adam, data, type LayerConfig, Trainer } from 'lockstep';

const [epochs = '15'] = process.argv.slice(2);
const FEATURES = 32;

/** Vaswani et al., 2017, with the normalization before each part: x + attention(norm(x)), then x + dense(norm(x)). */
function transformerBlock(name: string, x: string): { layers: LayerConfig[]; output: string } {
  const named = (part: string) => `${name}_${part}`;
  const layers: LayerConfig[] = [
    { type: 'LayerNormalization', name: named('norm'), inputs: x },
    {
      type: 'MultiHeadAttention',
      name: named('attention'),
      numHeads: 4,
      keyDim: FEATURES / 4,
      dropout: 0.1,
      inputs: [named('norm'), named('norm')],
    },
    { type: 'Add', name: named('attended'), inputs: [x, named('attention')] },
    { type: 'LayerNormalization', name: named('second_norm') },
    { type: 'Dense', name: named('hidden'), units: 2 * FEATURES, activation: 'gelu' },
    { type: 'Dense', name: named('narrow'), units: FEATURES },
    { type: 'Dropout', name: named('dropout'), rate: 0.1 },
    { type: 'Add', name: named('output'), inputs: [named('attended'), named('dropout')] },
  ];
  return { layers, output: named('output') };
}

const first = transformerBlock('first', 'embedding');
const second = transformerBlock('second', first.output);

const trainer = await Trainer.create(
  {
    layers: [
      { type: 'Input', name: 'tokens', shape: [8, 16] },
      { type: 'Dense', name: 'embedding', units: FEATURES },
      ...first.layers,
      ...second.layers,
      { type: 'LayerNormalization', name: 'norm' },
      { type: 'Flatten', name: 'flat' },
      { type: 'Dense', name: 'digit', units: 10, activation: 'softmax' },
    ],
  },
  { optimizer: adam({ learningRate: 0.002 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], seed: 1 },
);

/**
 * Tokens of eight pixels, each followed by a 1 in the place of its row's number: the first layer, whose kernel has a row
 * for each, thereby learns an embedding of the position beside that of the pixels.
 */
function withPositions(pixels: Float32Array, rows: number): { values: Float32Array; shape: number[] } {
  const values = new Float32Array(rows * 8 * 16);
  for (let token = 0; token < rows * 8; token++) {
    for (let i = 0; i < 8; i++) values[token * 16 + i] = pixels[token * 8 + i] / 16;
    values[token * 16 + 8 + (token % 8)] = 1;
  }
  return { values, shape: [rows, 8, 16] };
}

const path = new URL('data/digits.csv.gz', import.meta.url).pathname;
const digits = await data.csv(path, { header: false, label: 'last', target: 'classes' });

/** The digits whose number the choice takes, as tokens and classes. */
function chosen(choice: (row: number) => boolean) {
  const rows = Array.from({ length: digits.rows }, (_, row) => row).filter(choice);
  const pixels = Float32Array.from(rows.flatMap((row) => [...digits.x.values.subarray(row * 64, (row + 1) * 64)]));
  return { x: withPositions(pixels, rows.length), y: Int32Array.from(rows, (row) => digits.y?.values[row] ?? 0) };
}

// Every fifth digit is kept for validation.
const { history } = await trainer.fit(
  chosen((row) => row % 5 > 0),
  {
    epochs: Number(epochs),
    batchSize: 32,
    validationData: chosen((row) => row % 5 === 0),
  },
);
history.val_accuracy.forEach((accuracy, epoch) => {
  console.log(`epoch ${epoch + 1}: loss ${history.loss[epoch].toFixed(4)}, unseen digits ${accuracy.toFixed(4)}`);
});
await trainer.close();
