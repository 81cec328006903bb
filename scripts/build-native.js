/**
 * Builds the native addon with the C++ compiler that is found: native/build/<platform>-<arch>/lockstep.node.
 *
 *   node scripts/build-native.js              only what has changed is compiled
 *   node scripts/build-native.js --sanitize   builds and runs the tests in native/test under ASan and UBSan instead
 *   node scripts/build-native.js --programs   of those only the one of damaged programs
 *   node scripts/build-native.js --require    a missing compiler is an error
 *
 * Without a compiler it says so in one line and ends with 0: Lockstep then uses its reference kernels.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'native', 'src');
const target = `${process.platform}-${process.arch}`;
const programsOnly = process.argv.includes('--programs');
const sanitize = programsOnly || process.argv.includes('--sanitize');
const isRequired = sanitize || process.argv.includes('--require');

const common = ['-std=c++17', '-fPIC', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra'];
// One rounding an operation, whatever the instruction set: a multiplication and an addition are never contracted.
const exact = ['-ffp-contract=off', '-fno-math-errno'];
const fast = ['-O3'];
const sanitized = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const optimize = sanitize ? sanitized : fast;

/** The instruction sets, each with the flags of its build of all kernels. */
const builds = [
  ...(process.arch === 'x64'
    ? [
        {
          isa: 'avx512',
          flags: [
            '-DLOCKSTEP_BUILD_AVX512',
            ...['f', 'dq', 'bw', 'vl'].map((part) => `-mavx512${part}`),
            '-mfma',
            '-mprefer-vector-width=512',
          ],
        },
        { isa: 'avx2', flags: ['-DLOCKSTEP_BUILD_AVX2', '-mavx2', '-mfma'] },
      ]
    : []),
  { isa: 'portable', flags: [] },
];

const families = readdirSync(join(sources, 'families'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** The translation units: for each instruction set its kernels, family by family, and the rest once. */
const units = [
  ...builds.flatMap(({ isa, flags }) => [
    { name: `kernels-${isa}`, file: 'kernels.cc', flags },
    ...families.map((family) => ({ name: `${family}-${isa}`, file: join('families', family, 'entries.cc'), flags })),
  ]),
  ...families.map((family) => ({ name: `${family}-spec`, file: join('families', family, 'spec.cc'), flags: [] })),
  ...['specs', 'program', 'segments', 'instance', 'dispatch', 'peaks'].map((name) => ({
    name,
    file: `${name}.cc`,
    flags: [],
  })),
];

const isKernel = ({ name }) => builds.some(({ isa }) => name.endsWith(`-${isa}`));

/**
 * The tests that run under the sanitizers. That of programs watches what decodes and checks them; the kernels it runs are
 * one build without sanitizers, which needs no minutes to compile.
 */
const tests = [
  {
    name: 'programs.test',
    watched: units.filter((unit) => !isKernel(unit) && !['dispatch', 'peaks'].includes(unit.name)),
    plain: units.filter(({ name }) => name.endsWith('-portable')),
  },
  ...(programsOnly ? [] : [{ name: 'kernels.test', watched: units, plain: [] }]),
];

/** Memory that cannot be had is an exception, as it is without the sanitizer. */
const sanitizerOptions = { ASAN_OPTIONS: 'allocator_may_return_null=1' };

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
  const started = Date.now();
  const { objects, compiled } = await compileAll(compiler, [...units, addonUnit()], output);
  const stamp = join(output, 'lockstep.stamp');
  const linked = objects.join('\n');
  if (compiled === 0 && existsSync(binary) && readOr(stamp, '') === linked) return;
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  // Linked beside its place and moved there, as a running process may have the old one loaded.
  const fresh = `${binary}.${process.pid}`;
  rmSync(stamp, { force: true });
  await execute(compiler, ['-shared', '-pthread', ...undefinedSymbols, ...objects, '-o', fresh]);
  renameSync(fresh, binary);
  writeFileSync(stamp, linked);
  console.log(`lockstep: native kernels built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

async function buildAndRunTests(compiler, output) {
  const plainOutput = join(root, 'native', 'build', target);
  mkdirSync(plainOutput, { recursive: true });
  for (const { name, watched, plain } of tests) {
    const main = { name, file: join('..', 'test', `${name}.cc`), flags: ['-I.'] };
    const kernels = await compileAll(compiler, plain, plainOutput, fast);
    const { objects } = await compileAll(compiler, [...watched, main], output);
    const binary = join(output, name);
    await execute(compiler, ['-pthread', ...optimize, ...objects, ...kernels.objects, '-o', binary]);
    const env = name === 'programs.test' ? { ...process.env, ...sanitizerOptions } : process.env;
    const { status, signal } = spawnSync(binary, { stdio: 'inherit', env });
    if (status !== 0) throw new Error(`${name} ended with ${status ?? signal}.`);
  }
}

/** Compiles the units that have changed, side by side, as many as there are cores. */
async function compileAll(compiler, all, output, level = optimize) {
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout;
  const queue = [...all];
  let compiled = 0;
  const work = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      const flags = [...common, ...exact, ...level, ...warningsOf(compiler), ...unit.flags];
      if (await compile(compiler, version, unit, flags, output)) compiled++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { objects: all.map((unit) => objectOf(unit, output)), compiled };
}

/** Compiles a unit unless its object is made from these very files, flags and compiler; says whether it did. */
async function compile(compiler, version, unit, flags, output) {
  const object = objectOf(unit, output);
  const [files, stamp] = [`${object}.d`, `${object}.sha256`];
  const hash = () => hashOf([version, ...flags], dependenciesOf(files));
  if (existsSync(object) && readOr(stamp, '') === hash()) return false;
  rmSync(stamp, { force: true });
  await execute(compiler, [...flags, '-MMD', '-MF', files, '-c', unit.file, '-o', object]);
  writeFileSync(stamp, hash());
  return true;
}

/** The files that an object was made from, system headers left out, as the compiler noted them. */
function dependenciesOf(path) {
  const rule = readOr(path, '').replaceAll('\\\n', ' ');
  const names = rule.slice(rule.indexOf(': ') + 1).split(/(?<!\\)\s+/);
  return names.filter(Boolean).map((name) => name.replaceAll('\\ ', ' '));
}

function readOr(path, otherwise) {
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
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
    const child = spawn(command, args, { cwd: sources, stdio: ['ignore', 'inherit', 'pipe'] });
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
  return { name: 'addon', file: 'addon.cc', flags: ['-DNAPI_VERSION=8', '-isystem', headers] };
}

/** A digest of words and of the contents of files. */
function hashOf(words, files) {
  const hash = createHash('sha256').update(words.join('\n'));
  for (const file of files) hash.update(file).update(readOr(resolve(sources, file), ''));
  return hash.digest('hex');
}
