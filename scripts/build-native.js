/**
 * Builds the native addon with the C++ compiler that is found: native/build/<platform>-<arch>/lockstep.node.
 *
 *   node scripts/build-native.js              nothing is done where the sources have not changed
 *   node scripts/build-native.js --sanitize   builds and runs the kernel tests under ASan and UBSan instead
 *   node scripts/build-native.js --require    a missing compiler is an error
 *
 * Without a compiler it says so in one line and ends with 0: Lockstep then uses its reference kernels.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'native', 'src');
const target = `${process.platform}-${process.arch}`;
const sanitize = process.argv.includes('--sanitize');
const isRequired = sanitize || process.argv.includes('--require');

const common = ['-std=c++17', '-fPIC', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra'];
// One rounding an operation, whatever the instruction set: a multiplication and an addition are never contracted.
const exact = ['-ffp-contract=off', '-fno-math-errno'];
const optimize = sanitize ? ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : ['-O3'];

/** The translation units: one of all kernels for each instruction set, and the rest. */
const units = [
  ...(process.arch === 'x64'
    ? [
        {
          name: 'kernels-avx512',
          file: 'kernels.cc',
          flags: [
            '-DLOCKSTEP_BUILD_AVX512',
            ...['f', 'dq', 'bw', 'vl'].map((part) => `-mavx512${part}`),
            '-mfma',
            '-mprefer-vector-width=512',
          ],
        },
        { name: 'kernels-avx2', file: 'kernels.cc', flags: ['-DLOCKSTEP_BUILD_AVX2', '-mavx2', '-mfma'] },
      ]
    : []),
  { name: 'kernels-portable', file: 'kernels.cc', flags: [] },
  ...['program', 'records', 'segments', 'instance', 'dispatch', 'peaks'].map((name) => ({
    name,
    file: `${name}.cc`,
    flags: [],
  })),
];
const kernelTest = { name: 'kernels.test', file: join('..', 'test', 'kernels.test.cc'), flags: [`-I${sources}`] };

await main();

async function main() {
  const compiler = findCompiler();
  if (compiler === null) {
    console.log(
      'lockstep: no C++ compiler was found (tried $CXX, c++, g++, clang++); the reference kernels will be used.',
    );
    process.exitCode = isRequired ? 1 : 0;
    return;
  }
  const output = join(root, 'native', 'build', sanitize ? `${target}-sanitize` : target);
  mkdirSync(output, { recursive: true });
  try {
    if (sanitize) await buildAndRunTests(compiler, output);
    else await buildAddon(compiler, output);
  } catch (error) {
    console.log(
      `lockstep: the native kernels could not be built, the reference kernels will be used. ${error.message}`,
    );
    process.exitCode = isRequired ? 1 : 0;
  }
}

async function buildAddon(compiler, output) {
  const binary = join(output, 'lockstep.node');
  const stamp = join(output, 'sources.sha256');
  const hash = hashOf(compiler);
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const started = Date.now();
  const objects = await compileAll(compiler, [...units, addonUnit()], output);
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  // Linked beside its place and moved there, as a running process may have the old one loaded.
  const fresh = `${binary}.${process.pid}`;
  await execute(compiler, ['-shared', '-pthread', ...undefinedSymbols, ...objects, '-o', fresh]);
  renameSync(fresh, binary);
  writeFileSync(stamp, hash);
  console.log(`lockstep: native kernels built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

async function buildAndRunTests(compiler, output) {
  const objects = await compileAll(compiler, [...units, kernelTest], output);
  const binary = join(output, 'kernels.test');
  await execute(compiler, ['-pthread', ...optimize, ...objects, '-o', binary]);
  const { status } = spawnSync(binary, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`The kernel tests ended with ${status}.`);
}

/** Compiles units side by side, as many as there are cores; returns their object files. */
async function compileAll(compiler, all, output) {
  const queue = [...all];
  const work = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      const flags = [...common, ...exact, ...optimize, ...warningsOf(compiler), ...unit.flags];
      await execute(compiler, [...flags, '-c', join(sources, unit.file), '-o', objectOf(unit, output)]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return all.map((unit) => objectOf(unit, output));
}

function objectOf(unit, output) {
  return join(output, `${unit.name}.o`);
}

/** GCC takes the undefined lanes in its own intrinsics for mistakes. */
function warningsOf(compiler) {
  return isClang(compiler) ? ['-Wno-psabi'] : ['-Wno-psabi', '-Wno-maybe-uninitialized', '-Wno-uninitialized'];
}

function isClang(compiler) {
  return spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.includes('clang');
}

function execute(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(undefined);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${status}:\n${errors}`));
    });
  });
}

function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter((name) => name !== undefined && name !== '');
  return candidates.find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
}

function addonUnit() {
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  return { name: 'addon', file: 'addon.cc', flags: ['-DNAPI_VERSION=8', `-I${headers}`] };
}

/** A digest of everything the binary is made from: sources, this script and the compiler. */
function hashOf(compiler) {
  const hash = createHash('sha256').update(spawnSync(compiler, ['--version']).stdout);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex');
}
