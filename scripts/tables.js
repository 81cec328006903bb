import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Seconds and peak memory from a table to a float32 matrix, beside pandas and pyarrow, in turns. `--rows` of 28 numbers and two
 * columns of categories; a wide table of 200 rows has `--columns`. The tables are made, and read on the other side, by `--python`.
 *
 *     node scripts/tables.js --rows 1000000 --columns 20000 --runs 3 --python python3
 */

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    /** This process reads one table, and says what it took. */
    read: { type: 'string' },
  },
});

const MAKE = `
import sys, numpy as np, pandas as pd
folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
frame = pd.DataFrame({f'f{i}': rng.normal(size=rows).round(4) for i in range(28)})
frame.to_parquet(f'{folder}/float64.parquet', index=False)
frame.astype(np.float32).to_parquet(f'{folder}/float32.parquet', index=False)
frame['city'] = rng.choice(['Paris', 'Berlin', 'a rather long name', 'Rome'], rows)
frame['kind'] = rng.choice([f'k{i}' for i in range(200)], rows)
frame.to_csv(f'{folder}/rows.csv', index=False)
pd.DataFrame(rng.normal(size=(200, columns)).round(4), columns=[f'f{i}' for i in range(columns)]).to_csv(f'{folder}/wide.csv', index=False)
`;

const READ = `
import json, resource, sys, time, numpy as np
path = sys.argv[1]
import pandas as pd, pyarrow.parquet as pq
began, used = time.time(), time.process_time()
if path.endswith('.csv'):
    frame = pd.read_csv(path)
    x = frame.select_dtypes('number').to_numpy(np.float32)
    codes = [frame[name].astype('category').cat.codes.to_numpy() for name in frame.select_dtypes(exclude='number')]
else:
    x = np.column_stack([column.to_numpy().astype(np.float32) for column in pq.read_table(path).columns])
print(json.dumps({'seconds': time.time() - began, 'processor': time.process_time() - used, 'megabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
`;

async function read(path) {
  const { parseConfig } = await import('../dist/src/run/config/read.js');
  const { inputShape, loadTable } = await import('../dist/src/run/data/table/load.js');
  const { dataRequest } = await import('../dist/src/run/open.js');
  const columns = path.endsWith('rows.csv')
    ? { city: 'category', kind: 'category', 'f*': 'number' }
    : { 'f*': 'number' };
  const { data, ...config } = parseConfig({
    name: 'tables',
    model: { layers: [{ type: 'Dense', units: 1 }] },
    data: { table: path, label: 'f0', columns, standardize: false },
    compile: { optimizer: { name: 'adam' }, loss: 'meanSquaredError' },
  });
  const request = dataRequest({ data, ...config }, { outputShape: [1] });
  const [began, used] = [performance.now(), process.cpuUsage()];
  const shape = await inputShape(data, request);
  await loadTable(data, { ...request, model: { inputShape: shape, outputShape: [1] } });
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, processor: (user + system) / 1e6, megabytes }));
}

function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8' });
  try {
    run(values.python, '-c', MAKE, folder, values.rows, values.columns);
    for (const name of ['rows.csv', 'float64.parquet', 'float32.parquet', 'wide.csv']) {
      const path = join(folder, name);
      const found = { lockstep: [], python: [] };
      for (let i = 0; i < Number(values.runs); i++) {
        found.lockstep.push(JSON.parse(run(process.execPath, fileURLToPath(import.meta.url), '--read', path)));
        found.python.push(JSON.parse(run(values.python, '-c', READ, path)));
      }
      console.log(
        `${name}: ${told('lockstep', found.lockstep)}; ${told(name.endsWith('.csv') ? 'pandas' : 'pyarrow', found.python)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function told(who, runs) {
  const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1];
  return `${who} ${median('seconds').toFixed(2)} s (${median('processor').toFixed(2)} s of processors, ${median('megabytes').toFixed(0)} MB)`;
}

if (values.read === undefined) compare();
else await read(values.read);
