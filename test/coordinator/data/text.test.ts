import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Standardization, tokensOf } from '../../../src/coordinator/data/text/tokens.js';
import { namesOfNumbers, numberer, vocabularyOf } from '../../../src/coordinator/data/text/vocabulary.js';
import { camelCase } from '../../../src/coordinator/options/casing.js';
import { packageRoot } from '../../../src/shared/packageRoot.js';

interface Golden {
  readonly texts: readonly string[];
  readonly length: number;
  readonly cases: readonly {
    readonly level: 'char' | 'word';
    readonly standardize: string | null;
    readonly maxTokens: number | null;
    readonly vocabulary: readonly string[];
    readonly numbers: readonly (readonly number[])[];
  }[];
}

const path = join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'text.json');
const { texts, length, cases } = JSON.parse(readFileSync(path, 'utf8')) as Golden;

describe('Texts become the numbers that TextVectorization makes of them (test/golden/generate/text.py)', () => {
  for (const { level, standardize, maxTokens, vocabulary, numbers } of cases) {
    test(`${level}, ${standardize}, ${maxTokens ?? 'all'} tokens`, () => {
      const how = { level, standardize: camelCase(standardize ?? 'none') as Standardization };
      const tokens = texts.map((text) => tokensOf(text, how));
      const found = vocabularyOf(tokens, maxTokens ?? undefined);
      assert.deepEqual(namesOfNumbers(found), vocabulary);
      const numberOf = numberer(found);
      const padded = tokens.map((some) => Array.from({ length }, (_, i) => (i < some.length ? numberOf(some[i]) : 0)));
      assert.deepEqual(padded, numbers);
    });
  }
});
