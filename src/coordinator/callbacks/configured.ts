import { z } from 'zod';
import { section } from '../options/fields.js';
import type { callbackNames } from '../options/names.js';
import type { Callback } from './callback.js';
import { csvLogger, csvLoggerSchema } from './csvLogger.js';
import { earlyStopping, earlyStoppingSchema } from './earlyStopping.js';
import { modelCheckpoint, modelCheckpointSchema } from './modelCheckpoint.js';
import { reduceLROnPlateau, reduceLROnPlateauSchema } from './reduceLROnPlateau.js';
import { tensorBoard, tensorBoardSchema } from './tensorBoard/tensorBoard.js';
import { terminateOnNaN } from './terminateOnNaN.js';

/** Callbacks that a config names, with their options as in code: `{ earlyStopping: { patience: 3 } }`. */

const rule = 'one callback with its options, such as { earlyStopping: { patience: 3 } }';

export const callbackSchema = section({
  earlyStopping: earlyStoppingSchema.exactOptional(),
  modelCheckpoint: modelCheckpointSchema.exactOptional(),
  reduceLROnPlateau: reduceLROnPlateauSchema.exactOptional(),
  csvLogger: csvLoggerSchema.exactOptional(),
  tensorBoard: tensorBoardSchema.exactOptional(),
  terminateOnNaN: z.strictObject({}, { error: 'no options' }).exactOptional(),
} satisfies Record<(typeof callbackNames)[number], z.ZodType>).refine((given) => Object.keys(given).length === 1, {
  error: rule,
});

export type ConfiguredCallback = z.output<typeof callbackSchema>;

/** Makes the callbacks of a config. */
export function callbacksOf(configured: readonly ConfiguredCallback[]): Callback[] {
  return configured.flatMap((one) => [
    ...(one.earlyStopping ? [earlyStopping(one.earlyStopping)] : []),
    ...(one.modelCheckpoint ? [modelCheckpoint(one.modelCheckpoint)] : []),
    ...(one.reduceLROnPlateau ? [reduceLROnPlateau(one.reduceLROnPlateau)] : []),
    ...(one.csvLogger ? [csvLogger(one.csvLogger)] : []),
    ...(one.tensorBoard ? [tensorBoard(one.tensorBoard)] : []),
    ...(one.terminateOnNaN ? [terminateOnNaN()] : []),
  ]);
}

/** The same with the paths of files made absolute by `at`. */
export function withCallbackPaths(
  configured: readonly ConfiguredCallback[],
  at: (path: string) => string,
): ConfiguredCallback[] {
  return configured.map(({ csvLogger: log, modelCheckpoint: kept, tensorBoard: board, ...others }) => ({
    ...others,
    ...(log && { csvLogger: { ...log, filename: at(log.filename) } }),
    ...(board && { tensorBoard: { ...board, logDir: at(board.logDir) } }),
    ...(kept && { modelCheckpoint: { ...kept, filepath: at(kept.filepath) } }),
  }));
}
