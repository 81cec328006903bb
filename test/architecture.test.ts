import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../src/shared/packageRoot.js';

/** Rooms in the order of the pipeline: each imports only from itself and from those before it, types included. */
const rooms = [
  'shared',
  'worker',
  'coordinator/tracing',
  'coordinator/options',
  'coordinator/compiler',
  'coordinator/models',
  'coordinator/data',
  'coordinator/checkpoint',
  'coordinator/callbacks',
  'coordinator/ranks',
  'coordinator',
  'parallel',
  'run',
  'bench',
  'cli',
] as const;

const root = packageRoot(import.meta.url);
const src = join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

type Import = readonly [from: string, to: string];

/** The files that a source file imports, by path below src; `import type` and `import()` count. */
function importsOf(file: string, text: string): Import[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']*)'/g);
  return [...found].map(([, path]) => {
    const target = relative(src, resolve(src, dirname(file), path)).replace(/\.js$/, '.ts');
    return [file, target.replaceAll('\\', '/')];
  });
}

/** The place of a file's room in the order; the innermost folder that is a room counts. */
function roomOf(file: string): number {
  const own = rooms.filter((room) => file.startsWith(`${room}/`));
  return rooms.indexOf(own.sort((a, b) => b.length - a.length)[0]);
}

/** Imports from a room that stands behind the importing file's. */
function upward(imports: readonly Import[]): Import[] {
  return imports.filter(([from, to]) => from !== 'index.ts' && (to === 'index.ts' || roomOf(to) > roomOf(from)));
}

/** A chain of files of which each imports the next and the last the first; empty where there is none. */
function circle(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const [from, to] of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const found = walk(target);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const found = walk(file);
    if (found.length > 0) return found;
  }
  return [];
}

const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));

test('every file of src stands in a room', () => {
  assert.deepEqual(
    files.filter((file) => file !== 'index.ts' && roomOf(file) < 0),
    [],
  );
  assert.ok(imports.length > files.length, 'the imports were not found');
});

test('a room imports only what stands before it, types included', () => {
  assert.deepEqual(
    upward(imports).map((one) => one.join(' → ')),
    [],
  );
});

test('no file imports, by way of others, one that imports it', () => {
  assert.deepEqual(circle(imports), []);
});

test('an arrow upwards and a circle are seen where there are any', () => {
  const text = "import type { Trainer } from '../coordinator/trainer.js';\nexport { x } from './b.js';\n";
  const wrong = importsOf('shared/a.ts', text);
  assert.deepEqual(upward(wrong), [['shared/a.ts', 'coordinator/trainer.ts']]);
  const back = importsOf('shared/b.ts', "const a = await import('./a.js');");
  assert.deepEqual(circle([...wrong, ...back]), ['shared/a.ts', 'shared/b.ts', 'shared/a.ts']);
});

/** Most source files that may lie at the root of a folder. */
const most = { coordinator: 12, shared: 6 } as const;

for (const [folder, limit] of Object.entries(most)) {
  test(`at most ${limit} files lie at the root of src/${folder}`, () => {
    const own = files.filter((file) => dirname(file) === folder);
    assert.ok(own.length <= limit, own.join(', '));
  });
}

test('no file of src is longer than 300 lines, but those that protoc-gen-es has made', () => {
  const own = files.filter((file) => !file.endsWith('_pb.ts'));
  const long = own.filter((file) => readFileSync(join(src, file), 'utf8').split('\n').length - 1 > 300);
  assert.deepEqual(long, []);
});

test('every compiled file that a script names has its source', () => {
  const scripts = join(root, 'scripts');
  const named = readdirSync(scripts)
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [...readFileSync(join(scripts, file), 'utf8').matchAll(/'dist'((?:, '[\w.-]+')+)\)/g)])
    .map(([, parts]) => join(root, ...(parts.match(/[\w.-]+/g) ?? [])).replace(/\.js$/, '.ts'));
  assert.ok(named.length > 3, `${named.length} are named`);
  assert.deepEqual(
    named.filter((file) => !existsSync(file)),
    [],
  );
});

test('the rooms of this test are those that docs/architecture.md draws', () => {
  const page = readFileSync(fileURLToPath(new URL(`file://${join(root, 'docs/architecture.md')}`)), 'utf8');
  assert.ok(
    page.replaceAll(/\s+/g, ' ').includes(rooms.join(' < ')),
    `docs/architecture.md lacks ${rooms.join(' < ')}`,
  );
});
