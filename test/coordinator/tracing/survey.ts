import { randomLoss } from '../../helpers/randomLosses.js';
import { agreementOf } from '../../helpers/tracedAgreement.js';

/** Holds many random losses against TensorFlow.js: `npm run survey:traced -- 300 0`, their number and the first seed. */

const [count = 300, first = 0] = process.argv.slice(2).map(Number);
const reasons = new Map<string, number>();
let [loss, gradient] = [0, 0];
const started = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const drawn = randomLoss(seed);
  const agreement = agreementOf(drawn.loss, drawn.shape);
  if (typeof agreement === 'string') {
    reasons.set(agreement, (reasons.get(agreement) ?? 0) + 1);
    continue;
  }
  loss = Math.max(loss, agreement.loss);
  gradient = Math.max(gradient, agreement.gradient);
  if (agreement.loss < 1e-5 && agreement.gradient < 1e-5) continue;
  console.log(`seed ${seed}: ${drawn.text} is ${agreement.loss} and ${agreement.gradient} away`);
  process.exitCode = 1;
}
const refused = [...reasons.values()].reduce((sum, times) => sum + times, 0);
console.log(
  `${count} losses in ${((performance.now() - started) / 1000).toFixed(1)} s: ${count - refused} became kernels`,
);
console.log(`largest relative error: loss ${loss.toExponential(1)}, gradient ${gradient.toExponential(1)}`);
for (const [reason, times] of reasons) console.log(`${times} times: ${reason}`);
