import { stringify } from 'yaml';
import type { Starter, StarterEntry } from '../data/starter.js';

/** What `init` itself knows of the config that it writes. */
export interface StarterPlace {
  /** The name of the run. */
  readonly name: string;
  /** The key of `data` that holds the path, and the path as the config is to have it. */
  readonly key: string;
  readonly path: string;
  /** The command that trains it. */
  readonly command: string;
}

const WIDTH = 110;

/** The text of a starter config: sections in the order in which one reads them, each reason as a comment above its key. */
export function starterText({ about, data, layers, compile, fit }: Starter, place: StarterPlace): string {
  const model = layers.flatMap(({ layer, why = [] }) => [...comments(why, 4), `    - ${flow(layer)}`]);
  const lines = [
    ...comments(about, 0),
    '#',
    `#   ${place.command}`,
    '',
    `name: ${flow(place.name)}`,
    '',
    'data:',
    ...entries([{ key: place.key, value: place.path }, ...data], 2),
    '',
    'model:',
    '  layers:',
    ...model,
    '',
    'compile:',
    ...entries(compile, 2),
    '',
    'fit:',
    ...entries(fit, 2),
  ];
  return `${lines.join('\n')}\n`;
}

function entries(list: readonly StarterEntry[], indent: number): string[] {
  const margin = ' '.repeat(indent);
  return list.flatMap(({ key, value, entries: inner, why = [] }) => [
    ...comments(why, indent),
    ...(inner === undefined
      ? [`${margin}${flow(key)}: ${flow(value)}`]
      : [`${margin}${flow(key)}:`, ...entries(inner, indent + 2)]),
  ]);
}

/** A value in one line; YAML reads it back as it is. */
function flow(value: unknown): string {
  const options = { collectionStyle: 'flow', lineWidth: 0, schema: 'core' } as const;
  // A text of several lines would be a block of them.
  if (typeof value === 'string' && /[\r\n]/.test(value)) return JSON.stringify(value);
  return stringify(value, options).trimEnd();
}

/** Comments, broken between words. */
function comments(texts: readonly string[], indent: number): string[] {
  const margin = `${' '.repeat(indent)}# `;
  return texts.flatMap((text) =>
    broken(text.replaceAll(/\s+/g, ' '), WIDTH - margin.length).map((line) => margin + line),
  );
}

function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
