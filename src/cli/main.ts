#!/usr/bin/env node
import { allowedRestarts, supervise } from './supervise.js';
import { takeSupervision } from './supervised.js';

const args = process.argv.slice(2);
const supervision = takeSupervision();
const restarts = supervision === null ? allowedRestarts(args) : 0;

// The supervisor loads nothing of the program, so that the training process starts at once.
if (restarts > 0) process.exitCode = await supervise(args, restarts);
else process.exitCode = await (await import('./program.js')).runProgram(args, supervision);
