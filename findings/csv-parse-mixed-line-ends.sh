#!/usr/bin/env bash
# csv-parse reads files whose lines end in different ways, with its default record_delimiter (discovered from the file).
# One expects either kind of line end to end a row everywhere, as with Python's csv or a spreadsheet.
# What happens: the first line's end becomes the only one. A file of one column whose header ends in CRLF and whose
# rows end in LF gives one row that holds all lines as text, and no error. Rows in CRLF below a header in LF
# end in "\r" in their last column, so one class becomes two. With several columns the first case raises an error
# about the row's length, unless relax_column_count is set: then rows are merged.
# Versions: csv-parse 7.0.3.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${NODE_MODULES:-}" ]; then
  npm install --prefix "$T" --silent --no-audit --no-fund --ignore-scripts csv-parse@7.0.3
  NODE_MODULES="$T/node_modules"
fi
NODE_PATH="$NODE_MODULES" node - <<'JS'
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { parse } = require('csv-parse/sync');

function holds(fact, sentence) {
  if (!fact) {
    console.error(`The behaviour has changed: this no longer holds: ${sentence}`);
    process.exit(1);
  }
  console.log('Holds:', sentence);
}

/** The rows of a text as JSON, or the error's code. */
function rows(text, options) {
  let result;
  try {
    result = JSON.stringify(parse(text, options));
  } catch (error) {
    result = error.code;
  }
  console.log(JSON.stringify(text), JSON.stringify(options), '->', result);
  return result;
}

const folder = join(dirname(require.resolve('csv-parse/sync')), '..', '..');
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
holds(version === '7.0.3', 'the version is 7.0.3');
holds(rows('a\r\n1\n2\n3\n', { columns: true }) === '[{"a":"1\\n2\\n3\\n"}]', 'three rows of one column become one, without an error');
holds(rows('a\r\n1\r\n2\n3\n', { columns: true }) === '[{"a":"1"},{"a":"2\\n3\\n"}]', 'rows after the change of the line end are merged');
holds(
  rows('x,label\n1,yes\n2,yes\r\n', { columns: true }) === '[{"x":"1","label":"yes"},{"x":"2","label":"yes\\r"}]',
  'a last column keeps the "\\r", so that one label becomes two',
);
holds(rows('a,b\r\n1,2\n3,4\n', {}) === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH', 'with two columns it is an error of the length');
holds(
  rows('a,b\r\n1,2\n3,4\n', { relax_column_count: true }) === '[["a","b"],["1","2\\n3","4\\n"]]',
  'with relax_column_count the rows are merged',
);
holds(
  rows('a,b\r\n1,2\n3,4\n', { record_delimiter: ['\r\n', '\n'] }) === '[["a","b"],["1","2"],["3","4"]]',
  'naming both ends reads every row',
);
JS
