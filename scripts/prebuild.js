/**
 * Puts the addon that this machine builds where the package ships it: prebuilds/<platform>-<arch>/lockstep.node.
 * Run on every platform that a release is to carry a binary for.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = `${process.platform}-${process.arch}`;

const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build-native.js'), '--require'], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);
mkdirSync(join(root, 'prebuilds', target), { recursive: true });
copyFileSync(join(root, 'native', 'build', target, 'lockstep.node'), join(root, 'prebuilds', target, 'lockstep.node'));
console.log(`lockstep: prebuilds/${target}/lockstep.node is ready to be packed.`);
