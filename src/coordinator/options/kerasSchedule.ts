/** Schedules as Keras serialises them, in place of the learning rate: the rate that one begins with is part of it. */

type Plain = Readonly<Record<string, unknown>>;

/** The options of an optimizer that a schedule stands for. `schedule`: its options in camelCase, with its `kind`. */
export function optionsOfSchedule(schedule: Plain): Plain {
  const read = Object.hasOwn(readings, String(schedule.kind)) ? readings[String(schedule.kind)] : undefined;
  return read?.(schedule) ?? withRate(schedule);
}

function withRate({ initialLearningRate, ...schedule }: Plain): Plain {
  return { ...(initialLearningRate !== undefined && { learningRate: initialLearningRate }), schedule };
}

/** Undefined where a schedule is none of Keras's, and is read as it is. */
const readings: Readonly<Record<string, (schedule: Plain) => Plain | undefined>> = {
  /** lr / (1 + decayRate · step / decaySteps): the decay that every optimizer here has. */
  inverseTimeDecay: ({ initialLearningRate, decayRate, decaySteps, staircase = false }) =>
    staircase === false
      ? { learningRate: initialLearningRate, decay: Number(decayRate) / Number(decaySteps) }
      : undefined,

  /** From its rate up to `warmupTarget`, which the cosine begins with. */
  cosineDecay: ({ warmupTarget = null, warmupSteps = 0, initialLearningRate, ...schedule }) => {
    if (warmupTarget === null || warmupSteps === 0) return withRate({ ...schedule, initialLearningRate });
    const startFactor = Number(initialLearningRate) / Number(warmupTarget);
    return { learningRate: warmupTarget, schedule: { kind: 'warmUp', warmupSteps, startFactor, after: schedule } };
  },

  piecewiseConstant: ({ values, ...schedule }) => {
    if (!Array.isArray(values)) return undefined;
    const rate = values.find((value) => value > 0) ?? 1;
    return { learningRate: rate, schedule: { ...schedule, factors: values.map((value) => value / rate) } };
  },
};
