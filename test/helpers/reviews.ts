import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const shared =
  'the a of and in it was is that this we they with for on at by very some day time people went saw then'.split(' ');
const own: Readonly<Record<string, readonly string[]>> = {
  bad: 'awful dull sad broken cold angry waste'.split(' '),
  good: 'lovely bright happy delight splendid warm friend'.split(' '),
  mixed: 'fair average plain usual middling ordinary so-so'.split(' '),
};

/** Texts in three classes: one word in eight is one of its class, the others are anybody's. */
export async function writeReviews(folder: string, each = 60): Promise<void> {
  let seed = 7;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const of = (words: readonly string[]): string => words[draw(words.length)];
  for (const [name, words] of Object.entries(own)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < each; i++) {
      const text = Array.from({ length: 8 + draw(20) }, () => (draw(8) === 0 ? of(words) : of(shared)));
      await writeFile(join(folder, name, `${String(i).padStart(3, '0')}.txt`), `${text.join(' ')}.\n`);
    }
  }
}
