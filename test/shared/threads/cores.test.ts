import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableCores, type Cores } from '../../../src/shared/threads/cores.js';

/** Files of the system as they are on machines and in containers, the cores of the machine, and what may be used. */
const cases: readonly [title: string, files: Record<string, string>, machine: number, expected: Cores][] = [
  ['no control groups at all', {}, 8, { cores: 8 }],
  [
    'version 2 without a quota',
    { '/proc/self/cgroup': '0::/user\n', '/sys/fs/cgroup/user/cpu.max': 'max 100000\n' },
    8,
    { cores: 8 },
  ],
  [
    'a quota of 1.5',
    { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': '150000 100000\n' },
    8,
    { cores: 1, quota: 1.5 },
  ],
  [
    'a quota of half a processor',
    { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': '50000 100000\n' },
    8,
    { cores: 1, quota: 0.5 },
  ],
  [
    'a quota of a group around it',
    {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
    },
    8,
    { cores: 3, quota: 3 },
  ],
  [
    'the smallest of several',
    {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': '200000 100000\n',
    },
    8,
    { cores: 2, quota: 2 },
  ],
  [
    'a container that sees its own group as the root',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' },
    8,
    { cores: 2, quota: 2 },
  ],
  [
    'a container whose line names a path of the host',
    { '/proc/self/cgroup': '0::/../../pod7\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' },
    8,
    { cores: 2, quota: 2 },
  ],
  [
    'a period of another length',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '125000 50000\n' },
    8,
    { cores: 2, quota: 2.5 },
  ],
  [
    'a quota above the machine',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '900000 100000\n' },
    8,
    { cores: 8 },
  ],
  [
    'version 1',
    {
      '/proc/self/cgroup': '12:memory:/x\n4:cpu,cpuacct:/docker/7\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/7/cpu.cfs_quota_us': '250000\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/7/cpu.cfs_period_us': '100000\n',
    },
    4,
    { cores: 2, quota: 2.5 },
  ],
  [
    'version 1 within a container',
    {
      '/proc/self/cgroup': '4:cpuacct,cpu:/docker/7\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    4,
    { cores: 1, quota: 1 },
  ],
  [
    'version 1 without a quota',
    {
      '/proc/self/cgroup': '4:cpu:/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    4,
    { cores: 4 },
  ],
  [
    'both versions at once',
    {
      '/proc/self/cgroup': '4:cpu:/\n0::/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/unified/cpu.max': 'max 100000\n',
    },
    4,
    { cores: 3, quota: 3 },
  ],
  [
    'files that hold something else',
    { '/proc/self/cgroup': 'x\n0::/\n', '/sys/fs/cgroup/cpu.max': '\n' },
    4,
    { cores: 4 },
  ],
];

for (const [title, files, machine, expected] of cases) {
  test(`The cores that may be used are those of the quota: ${title}`, () => {
    assert.deepEqual(
      availableCores((path) => files[path], machine),
      expected,
    );
  });
}
