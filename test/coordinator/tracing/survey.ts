import { createHash } from 'node:crypto';
import { layerAgreementOf } from '../../helpers/layerAgreement.js';
import { randomLoss } from '../../helpers/randomLosses.js';
import { agreementOf } from '../../helpers/tracedAgreement.js';

/**
 * Holds many random losses, then as many random layers, against TensorFlow.js: `npm run survey:traced -- 300 0`, their number and
 * the first seed. The digest of all gradients of layers is the same for every LOCKSTEP_ISA; losses try all instruction sets by
 * themselves.
 */

const [count = 300, first = 0] = process.argv.slice(2).map(Number);
const seeds = Array.from({ length: count }, (_, i) => first + i);

/** What one seed gave: its largest relative error, or why it cannot become kernels. */
interface Outcome {
  readonly text: string;
  readonly agreement: { readonly value: number; readonly gradient: number } | string;
}

async function survey(what: string, outcomeOf: (seed: number) => Promise<Outcome>): Promise<void> {
  const reasons = new Map<string, number>();
  let [value, gradient] = [0, 0];
  const started = performance.now();
  for (const seed of seeds) {
    const { text, agreement } = await outcomeOf(seed);
    if (typeof agreement === 'string') {
      reasons.set(agreement, (reasons.get(agreement) ?? 0) + 1);
      continue;
    }
    value = Math.max(value, agreement.value);
    gradient = Math.max(gradient, agreement.gradient);
    if (agreement.value < 1e-5 && agreement.gradient < 1e-5) continue;
    console.log(`seed ${seed}: ${text} is ${agreement.value} and ${agreement.gradient} away`);
    process.exitCode = 1;
  }
  const refused = [...reasons.values()].reduce((sum, times) => sum + times, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${count} ${what} in ${seconds} s: ${count - refused} became kernels`);
  console.log(`largest relative error: value ${value.toExponential(1)}, gradient ${gradient.toExponential(1)}`);
  for (const [reason, times] of reasons) console.log(`${times} times: ${reason}`);
}

await survey('losses', async (seed) => {
  const { loss, shape, text } = randomLoss(seed);
  const agreement = agreementOf(loss, shape);
  if (typeof agreement === 'string') return { text, agreement };
  return { text, agreement: { value: agreement.loss, gradient: agreement.gradient } };
});

const digest = createHash('sha256');
await survey('layers', (seed) => layerAgreementOf(seed, (values) => digest.update(new Uint8Array(values.buffer))));
console.log(`digest of the gradients of layers ${digest.digest('hex').slice(0, 16)}`);
