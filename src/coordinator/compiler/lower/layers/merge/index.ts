import { concatenate } from './concatenate.js';
import { dot } from './dot.js';
import { maximum, minimum, multiply } from './pairwise.js';
import { add, average, subtract } from './weightedSum.js';

/** The layers that make one value of several. */
export const mergeLayers = [add, subtract, multiply, average, maximum, minimum, concatenate, dot];
