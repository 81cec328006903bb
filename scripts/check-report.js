// Opens reports in Chromium and asks axe-core what a reader with a screen reader, a keyboard or weak eyes would stumble over.
//
//   node scripts/check-report.js report.html … [--chromium chromium] [--picture FOLDER]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { chromium: { type: 'string', default: 'chromium' }, picture: { type: 'string' } },
});
const folder = mkdtempSync(join(tmpdir(), 'lockstep-report-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The page with axe-core in it, which leaves what it found in the page. */
function examined(page) {
  const run = `addEventListener('load', () => axe.run().then(({ violations, passes }) => {
    const found = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html.slice(0, 120)) }));
    const place = document.createElement('script');
    Object.assign(place, { type: 'application/json', id: 'axe', textContent: JSON.stringify({ found, passes: passes.length }) });
    document.body.append(place);
  }));`;
  return page.replace('</body>', () => `<script>${axe}</script><script>${run}</script></body>`);
}

function browse(url, ...options) {
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=20000', ...options, url];
  return spawnSync(values.chromium, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
}

const schemes = { light: [], dark: ['--force-dark-mode', '--blink-settings=preferredColorScheme=0'] };
let wrong = 0;
try {
  for (const [scheme, options] of Object.entries(schemes)) {
    for (const report of positionals) {
      const file = join(folder, 'examined.html');
      writeFileSync(file, examined(readFileSync(report, 'utf8')));
      const { stdout, error } = browse(pathToFileURL(file).href, ...options, '--dump-dom');
      if (error) throw new Error(`${values.chromium} cannot be started: ${error.message}`);
      const [, text] = /<script type="application\/json" id="axe">(.*?)<\/script>/s.exec(stdout) ?? [];
      if (text === undefined) throw new Error(`${report}: axe-core did not finish`);
      const { found, passes } = JSON.parse(text);
      wrong += found.length;
      console.log(`${report}, ${scheme}: ${passes} rules kept, ${found.length} broken`);
      for (const { id, help, where } of found) console.log(`  ${id}: ${help}\n    ${where.slice(0, 3).join('\n    ')}`);
      if (values.picture === undefined) continue;
      mkdirSync(values.picture, { recursive: true });
      const picture = join(values.picture, `${basename(report, '.html')}-${scheme}.png`);
      browse(pathToFileURL(resolve(report)).href, ...options, '--window-size=1100,3600', `--screenshot=${picture}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = wrong === 0 ? 0 : 1;
