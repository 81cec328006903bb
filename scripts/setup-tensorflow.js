/**
 * Gets what engine tensorflow needs: @tensorflow/tfjs-node with its binding to libtensorflow, in the user's folder of caches
 * (LOCKSTEP_CACHE stands in), outside of any clone.
 *
 *   npm run setup:tensorflow
 *
 * First the ordinary install, which downloads libtensorflow. Where its host is out of reach, the C library of the Python
 * wheel tensorflow-cpu serves: that of LOCKSTEP_TENSORFLOW_WHEEL (the folder `tensorflow` of an installed wheel), else one
 * that pip installs into the cache. Ends with 1 and says why where neither can be had.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const places = join(root, 'dist', 'src', 'shared', 'tfjs', 'places.js');
if (!existsSync(places)) fail('Lockstep is not compiled; run `npm ci` or `npm run compile` first');
const { findTensorflow, tensorflowFolder, TENSORFLOW_PACKAGE, TENSORFLOW_VERSION } = await import(
  pathToFileURL(places).href
);

const DOWNLOAD_HOST = 'https://storage.googleapis.com/';
const MINUTE = 60_000;

const folder = tensorflowFolder();
const installed = join(folder, 'node_modules', TENSORFLOW_PACKAGE);

if (!works()) {
  installPackage();
  if (!(await installOrdinarily())) installFromWheel(findWheel());
  if (!works()) fail(`${installed} was built but does not compute; remove ${folder} and try again`);
}
say(`ready in ${findTensorflow().path}`);

/** Whether a process can load the package and compute with it. */
function works() {
  const { path } = findTensorflow();
  if (path === null) return false;
  const program = `
    require('util').isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require(process.argv[1]);
    if (tf.matMul([[2]], [[3]]).dataSync()[0] !== 6) process.exit(1);`;
  return run(process.execPath, ['-e', program, path], { quiet: true, minutes: 1 });
}

function installPackage() {
  if (existsSync(installed)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'lockstep-tensorflow', private: true }));
  say(`installing ${TENSORFLOW_PACKAGE} ${TENSORFLOW_VERSION} into ${folder}`);
  const spec = `${TENSORFLOW_PACKAGE}@${TENSORFLOW_VERSION}`;
  const done = run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', spec], {
    cwd: folder,
    minutes: 5,
  });
  if (!done) fail(`npm could not install ${spec}`);
}

/** The package's own install: downloads libtensorflow, then downloads or builds the binding. */
async function installOrdinarily() {
  if (existsSync(join(installed, 'scripts', 'custom-binary.json'))) return false;
  if (!(await isReachable(DOWNLOAD_HOST))) {
    say(`${DOWNLOAD_HOST}, from where libtensorflow is downloaded, is out of reach`);
    return false;
  }
  say('downloading libtensorflow');
  return buildBinding(10) && works();
}

async function isReachable(url) {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    return true;
  } catch {
    return false;
  }
}

/** The folder `tensorflow` of a wheel: one that is given, or that pip installs without what Python would need. */
function findWheel() {
  const given = process.env.LOCKSTEP_TENSORFLOW_WHEEL;
  if (given !== undefined) return given;
  const venv = join(folder, 'venv');
  const python = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  if (!existsSync(python) && !run('python3', ['-m', 'venv', venv], { minutes: 2 })) {
    fail('there is no python3 with venv to install the wheel tensorflow-cpu with');
  }
  say('installing the wheel tensorflow-cpu');
  if (!run(python, ['-m', 'pip', 'install', '--retries', '0', '--no-deps', 'tensorflow-cpu'], { minutes: 6 })) {
    fail('pip could not install tensorflow-cpu');
  }
  const lib = join(venv, 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python'));
  return join(lib, String(version), 'site-packages', 'tensorflow');
}

/** Puts the wheel's C library where the package expects libtensorflow, and builds the binding against it. */
function installFromWheel(wheel) {
  const library = join(wheel, 'libtensorflow_cc.so.2');
  const framework = join(wheel, 'libtensorflow_framework.so.2');
  if (!existsSync(library)) fail(`${wheel} has no libtensorflow_cc.so.2; give the folder of a tensorflow-cpu wheel`);
  const deps = join(installed, 'deps');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, 'lib'), { recursive: true });
  symlinkSync(join(wheel, 'include'), join(deps, 'include'));
  const links = {
    'libtensorflow.so': library,
    'libtensorflow.so.2.9.1': library,
    'libtensorflow_cc.so.2': library,
    'libtensorflow_framework.so': framework,
    'libtensorflow_framework.so.2': framework,
  };
  for (const [name, file] of Object.entries(links)) symlinkSync(file, join(deps, 'lib', name));
  // Tells the package's installer to build against the library that is there.
  writeFileSync(join(installed, 'scripts', 'custom-binary.json'), JSON.stringify({ 'tf-lib': 'file:///unused' }));
  say('building the binding');
  if (!buildBinding(5)) fail('the binding could not be built; it needs a C++ compiler, make and python3');
}

/** Runs the installer of the package; Node's headers are those beside its executable, where there are any. */
function buildBinding(minutes) {
  const headers = dirname(dirname(process.execPath));
  const nodedir = existsSync(join(headers, 'include', 'node', 'node.h')) ? { npm_config_nodedir: headers } : {};
  const path = `${join(folder, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`;
  const env = { ...process.env, ...nodedir, PATH: path };
  return run(process.execPath, [join('scripts', 'install.js')], { cwd: installed, env, minutes });
}

function run(command, args, { cwd = root, env = process.env, minutes, quiet = false }) {
  const stdio = quiet ? 'ignore' : ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync(command, args, { cwd, env, stdio, timeout: minutes * MINUTE });
  return status === 0;
}

function say(sentence) {
  console.log(`tensorflow: ${sentence}.`);
}

function fail(reason) {
  console.log(`tensorflow: ${reason}. Without it, engine tfjs trains the same models, slower.`);
  process.exit(1);
}
