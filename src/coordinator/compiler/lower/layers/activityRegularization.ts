import { z } from 'zod';
import type { LayerLowering } from '../layer.js';

const share = z.number().nonnegative().optional();

/** What it is given, which is regularized: activity.ts reads `l1` and `l2`. */
export const activityRegularization: LayerLowering = {
  type: 'ActivityRegularization',
  mask: 'passes',
  arguments: { l1: share, l2: share },
  lower: (_, x) => x,
};
