/**
 * Gets onnxruntime-node, by which the tests run the ONNX files that Lockstep writes, into the user's folder of caches
 * (LOCKSTEP_CACHE stands in), outside of any clone. Its install script, which downloads parts for GPUs, is not run: the
 * library for the CPU is in the package.
 *
 *   npm run setup:onnx
 *
 * Ends with 1 and says why where it cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const helper = join(root, 'dist', 'test', 'helpers', 'onnxruntime.js');
if (!existsSync(helper)) fail('Lockstep is not compiled; run `npm ci` or `npm run compile` first');
const { findOnnxruntime, onnxruntimeFolder, ONNXRUNTIME } = await import(pathToFileURL(helper).href);

const folder = onnxruntimeFolder();
if (findOnnxruntime() === null) install();
if (findOnnxruntime() === null) fail(`the package in ${folder} cannot be loaded; remove that folder and try again`);
say('ready');

function install() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'lockstep-onnxruntime', private: true }));
  const spec = `${ONNXRUNTIME.package}@${ONNXRUNTIME.version}`;
  say(`installing ${spec} into ${folder}`);
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 };
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', spec], options);
  if (status !== 0) fail(`npm could not install ${spec}`);
}

function say(sentence) {
  console.log(`onnx: ${sentence}.`);
}

function fail(reason) {
  console.log(`onnx: ${reason}. Without it the tests of ONNX files are skipped.`);
  process.exit(1);
}
