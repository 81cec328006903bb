import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../src/shared/packageRoot.js';

/** The declarations that the compiler writes: what a caller's editor and compiler see. */

const root = join(packageRoot(import.meta.url), 'dist', 'src');

/** Where a name that a file uses is declared: the file and the name there. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

interface Declarations {
  /** The text of each declaration of the file. */
  readonly own: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, Origin>;
  readonly exports: ReadonlyMap<string, Origin>;
  readonly all: readonly string[];
}

/** What the compiler computes a public type from: an editor shows the result, and nobody writes these names. */
const computedFrom = new Set([
  'Arguments',
  'Decimal',
  'Definition',
  'KernelEngineName',
  'LayersEngineName',
  'Optimizer',
  'OptimizerKind',
  'RunSchema',
  'SpecOfDefinition',
  'Thousands',
  'Written',
]);

const read = new Map<string, Promise<Declarations>>();

function declarationsOf(file: string): Promise<Declarations> {
  const found = read.get(file) ?? parse(file);
  read.set(file, found);
  return found;
}

async function parse(file: string): Promise<Declarations> {
  const text = (await readFile(file, 'utf8')).replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const own = new Map<string, string>();
  const starts = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|enum) (\w+)/gm;
  const found = [...text.matchAll(starts)];
  found.forEach(({ 1: name, index }, i) => {
    own.set(name, (own.get(name) ?? '') + text.slice(index, found[i + 1]?.index));
  });
  const links = (pattern: RegExp) =>
    new Map(
      [...text.matchAll(pattern)].flatMap(([, names, from]) => {
        const target = from?.startsWith('.') ? resolve(dirname(file), from.replace(/\.js$/, '.d.ts')) : undefined;
        if (from !== undefined && target === undefined) return [];
        return names.split(',').flatMap((entry): [string, Origin][] => {
          const [name, alias = name] = entry
            .trim()
            .replace(/^type /, '')
            .split(' as ');
          return name === '' ? [] : [[alias, { file: target ?? file, name }]];
        });
      }),
    );
  const imports = links(/^import (?:type )?\{([^}]*)\} from '([^']+)'/gm);
  const exports = links(/^export (?:type )?\{([^}]*)\}(?: from '([^']+)')?/gm);
  for (const { 0: start, 1: name } of found) if (start.startsWith('export')) exports.set(name, { file, name });
  const all = [...text.matchAll(/^export \* (?:as \w+ )?from '([^']+)'/gm)].map(([, from]) =>
    resolve(dirname(file), from.replace(/\.js$/, '.d.ts')),
  );
  return { own, imports, exports, all };
}

/** Everything that a module exports, namespaces included, each where it is declared. */
async function exportsOf(file: string): Promise<Origin[]> {
  const { exports, all } = await declarationsOf(file);
  const direct = await Promise.all([...exports.values()].map(declared));
  return [...direct, ...(await Promise.all(all.map(exportsOf))).flat()];
}

async function declared({ file, name }: Origin): Promise<Origin> {
  const { own, imports, exports } = await declarationsOf(file);
  if (own.has(name)) return { file, name };
  const next = imports.get(name) ?? exports.get(name);
  return next === undefined || (next.file === file && next.name === name) ? { file, name } : declared(next);
}

/** The types of this package that a declaration mentions. */
async function mentioned({ file, name }: Origin): Promise<Origin[]> {
  const { own, imports } = await declarationsOf(file);
  const signature = (own.get(name) ?? '')
    .replaceAll(/^\s*(?:private|protected|#|constructor).*$/gm, '')
    .replaceAll(/'[^']*'/g, '');
  const names = new Set(signature.match(/\b[A-Z]\w*/g) ?? []);
  for (const own of [name, ...computedFrom]) names.delete(own);
  return Promise.all(
    [...names].flatMap((mention) => {
      const imported = imports.get(mention);
      if (imported !== undefined) return [declared(imported)];
      return own.has(mention) ? [Promise.resolve({ file, name: mention })] : [];
    }),
  );
}

/** The sources of the rooms that a call of the library may throw from. */
async function sources(): Promise<string[]> {
  const folder = join(root, '..', '..', 'src');
  const names = await readdir(folder, { recursive: true });
  return Promise.all(names.filter((name) => name.endsWith('.ts')).map((name) => readFile(join(folder, name), 'utf8')));
}

describe('The public surface', () => {
  test('names in its docstrings only error codes that are thrown', async () => {
    const texts = await sources();
    const named = texts.flatMap((text) => text.match(/@throws LockstepError[^@]*?\*\//g) ?? []);
    const codes = new Set(named.flatMap((text) => text.match(/(?<=`)[A-Z][A-Z_]+(?=`)/g) ?? []));
    assert.ok(codes.size > 20, `${codes.size} codes are named`);
    const thrown = texts.join('\n').replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
    assert.deepEqual(
      [...codes].filter((code) => !thrown.includes(`'${code}'`)),
      [],
    );
  });

  test('exports every type that a public signature mentions', async () => {
    const index = join(root, 'index.d.ts');
    const exported = await exportsOf(index);
    const key = ({ file, name }: Origin): string => `${file}:${name}`;
    const known = new Set(exported.map(key));
    assert.ok(exported.some(({ name }) => name === 'Trainer') && exported.some(({ name }) => name === 'earlyStopping'));
    const missing = new Set<string>();
    for (const origin of exported) {
      for (const type of await mentioned(origin)) {
        if (!known.has(key(type)))
          missing.add(`${type.name}, which ${origin.name} mentions (${type.file.slice(root.length + 1)})`);
      }
    }
    assert.deepEqual([...missing], []);
  });
});
