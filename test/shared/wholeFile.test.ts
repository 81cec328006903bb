import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { reason } from '../../src/shared/files.js';
import { thisProcess } from '../../src/shared/writing/owner.js';
import { removeLeftovers, temporaryName } from '../../src/shared/writing/temporaries.js';
import { writeWholeFile } from '../../src/shared/writing/wholeFile.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-whole-'));
});
after(() => rm(folder, { recursive: true }));

const isRoot = process.getuid?.() === 0;
const isWindows = process.platform === 'win32';
const writer = new URL('../../src/shared/writing/wholeFile.js', import.meta.url).href;
/** A script that writes `new` to the path that is its argument. */
const writeNew = `import(${JSON.stringify(writer)}).then(({ writeWholeFile }) => writeWholeFile(process.argv[1], 'new\\n'))`;

/** A folder of its own, with a file `there` that holds `old`. */
function fresh(name: string): (path: string) => string {
  const own = join(folder, name);
  mkdirSync(own);
  writeFileSync(join(own, 'there'), 'old\n');
  return (path) => join(own, path);
}

interface Written {
  /** What stands there before, and the path to write to. */
  readonly prepare: (at: (path: string) => string) => string;
  /** The file that holds the new text afterwards. */
  readonly holds: string;
  readonly check?: (at: (path: string) => string) => void;
}

const written: Readonly<Record<string, Written>> = {
  'a new file': { prepare: (at) => at('new'), holds: 'new' },
  'a file that is there': { prepare: (at) => at('there'), holds: 'there' },
  'a symbolic link, through to its target': {
    prepare: (at) => {
      symlinkSync('there', at('link'));
      return at('link');
    },
    holds: 'there',
    check: (at) => assert.ok(lstatSync(at('link')).isSymbolicLink()),
  },
  'a link to a link in another folder': {
    prepare: (at) => {
      mkdirSync(at('sub'));
      symlinkSync('../there', at('sub/second'));
      symlinkSync('sub/second', at('first'));
      return at('first');
    },
    holds: 'there',
    check: (at) => assert.ok(lstatSync(at('first')).isSymbolicLink() && lstatSync(at('sub/second')).isSymbolicLink()),
  },
  'a link whose target is not yet there': {
    prepare: (at) => {
      mkdirSync(at('sub'));
      symlinkSync('sub/made', at('link'));
      return at('link');
    },
    holds: 'sub/made',
    check: (at) => assert.ok(lstatSync(at('link')).isSymbolicLink()),
  },
  'a path below a linked folder': {
    prepare: (at) => {
      mkdirSync(at('sub'));
      symlinkSync('sub', at('link'));
      return at('link/made');
    },
    holds: 'sub/made',
  },
  'a file of mode 600, which stays so': {
    prepare: (at) => {
      chmodSync(at('there'), 0o600);
      return at('there');
    },
    holds: 'there',
    check: (at) => assert.equal(statSync(at('there')).mode & 0o7777, 0o600),
  },
  'a file that all may write to, which stays so': {
    prepare: (at) => {
      chmodSync(at('there'), 0o666);
      return at('there');
    },
    holds: 'there',
    check: (at) => assert.equal(statSync(at('there')).mode & 0o7777, 0o666),
  },
  'a file with as long a name as there may be': {
    prepare: (at) => at('n'.repeat(255)),
    holds: 'n'.repeat(255),
  },
};

for (const [what, { prepare, holds, check }] of Object.entries(written)) {
  test(`a whole file is written to ${what}`, {
    skip: isWindows && 'links and modes of Windows are others',
  }, async () => {
    const at = fresh(what);
    await writeWholeFile(prepare(at), 'new\n');
    assert.equal(readFileSync(at(holds), 'utf8'), 'new\n');
    check?.(at);
    assert.deepEqual(
      readdirSync(at('.')).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
}

test('a file of another owner keeps its owner', { skip: !isRoot && 'only root gives files away' }, async () => {
  const at = fresh('owner');
  execFileSync('chown', ['64999:64999', at('there')]);
  await writeWholeFile(at('there'), 'new\n');
  const { uid, gid } = statSync(at('there'));
  assert.deepEqual({ uid, gid }, { uid: 64999, gid: 64999 });
});

test('pipes and devices are written to and stay what they are', { skip: isWindows && 'no such files' }, async () => {
  const at = fresh('devices');
  execFileSync('mkfifo', [at('pipe')]);
  const reading = new Promise<string>((resolve) => {
    import('node:fs/promises').then(({ readFile }) => readFile(at('pipe'), 'utf8').then(resolve));
  });
  await writeWholeFile(at('pipe'), 'new\n');
  assert.equal(await reading, 'new\n');
  assert.ok(statSync(at('pipe')).isFIFO());
  await writeWholeFile('/dev/null', 'new\n');
  assert.ok(statSync('/dev/null').isCharacterDevice());
  await assert.rejects(writeWholeFile('/dev/full', 'new\n'), (error) => reason(error) === 'the disk is full');
});

const outputs = {
  'a pipe': 'node -e "$CODE" /dev/stdout | cat',
  'a file, behind what is there already': '{ echo first; node -e "$CODE" /dev/stdout; } > "$OUT"; cat "$OUT"',
  'the error output': 'node -e "$CODE" /dev/stderr 2>&1 >/dev/null',
  'a descriptor by its number': 'node -e "$CODE" /dev/fd/3 3>&1 >/dev/null | cat',
};

for (const [what, command] of Object.entries(outputs)) {
  test(`an output of the process is written to where it is ${what}`, { skip: isWindows && 'no such paths' }, () => {
    const env = { ...process.env, CODE: writeNew, OUT: join(folder, 'redirected') };
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { env, encoding: 'utf8' });
    assert.match(stdout, /^(first\n)?new\n$/, stderr);
  });
}

test('/dev/stdout is written to where it is a socket, which no path can open', {
  skip: isWindows && 'no such path',
}, () => {
  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(writeNew)}, '/dev/stdout']); child.stdout.pipe(process.stdout); child.stderr.pipe(process.stderr);`;
  assert.equal(spawnSync(process.execPath, ['-e', parent], { encoding: 'utf8' }).stdout, 'new\n');
});

test('a file that is mounted, over which nothing can be renamed, is written in place', (context) => {
  if (spawnSync('unshare', ['-rm', 'true']).status !== 0)
    return context.skip('the system lets nothing be mounted here');
  const at = fresh('mounted');
  writeFileSync(at('mounted'), '');
  const script = 'mount --bind "$1" "$2" && exec "$3" -e "$4" "$2"';
  const { status, stderr } = spawnSync('unshare', [
    ...['-rm', 'sh', '-c', script, 'sh', at('there'), at('mounted'), process.execPath, writeNew],
  ]);
  assert.equal(status, 0, String(stderr));
  assert.equal(readFileSync(at('there'), 'utf8'), 'new\n');
});

test('a file in a folder that takes no new ones is written in place', (context) => {
  if (!isRoot || spawnSync('setpriv', ['--version']).status !== 0)
    return context.skip('it takes root to be another user');
  const at = fresh('closed');
  chmodSync(folder, 0o755);
  chmodSync(at('there'), 0o666);
  chmodSync(at('.'), 0o555);
  const options = ['--reuid=64999', '--clear-groups', process.execPath, '-e', writeNew, at('there')];
  const { status, stderr } = spawnSync('setpriv', options, { encoding: 'utf8' });
  if (/Cannot find module|EACCES.*dist/.test(stderr)) return context.skip('another user cannot read the product');
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(at('there'), 'utf8'), 'new\n');
});

const refused: Readonly<Record<string, [prepare: (at: (path: string) => string) => string, why: string]>> = {
  'a folder': [(at) => at('.'), 'it is a directory'],
  'a path in a folder that is not there': [(at) => at('none/new'), 'there is no such file'],
  'a path below a file': [(at) => at('there/new'), 'its folder is not a directory'],
  'a circle of links': [
    (at) => {
      symlinkSync('circle', at('circle'));
      return at('circle');
    },
    'its symbolic links lead in a circle',
  ],
  'a name that is too long': [(at) => at('n'.repeat(300)), 'its name is too long'],
};

for (const [what, [prepare, why]] of Object.entries(refused)) {
  test(`${what} is refused in words, and nothing is left behind`, { skip: isWindows && 'other words' }, async () => {
    const at = fresh(`refused ${what}`);
    const before = readdirSync(at('.'));
    const path = prepare(at);
    await assert.rejects(writeWholeFile(path, 'new\n'), (error) => reason(error) === why);
    assert.deepEqual(
      readdirSync(at('.')).filter((name) => name !== 'circle'),
      before,
    );
  });
}

test('what a killed process has left half written is removed by the next write, and nothing else', async () => {
  const at = fresh('leftovers');
  const { machine } = thisProcess();
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const own = temporaryName();
  const stays = [own, 'points.csv.tmp', '.lockstep.tmp', `.lockstep-00000000-${ended}-1-00000000.tmp`, 'there'];
  const goes = [`.lockstep-${machine}-${ended}-1-00000000.tmp`, `.lockstep-${machine}-${process.pid}-1-0000000a.tmp`];
  for (const name of [...stays, ...goes]) writeFileSync(at(name), '');
  await writeWholeFile(at('there'), 'new\n');
  const left = new Set(readdirSync(at('.')));
  assert.deepEqual(left, new Set(stays));
  execFileSync('touch', ['-d', '2 hours ago', at(stays[3])]);
  await removeLeftovers(at('.'));
  assert.ok(
    !readdirSync(at('.')).includes(stays[3]),
    'a file of another machine that nobody has touched for long goes',
  );
});
