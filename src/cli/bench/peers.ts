import type { Command } from 'commander';
import { type PeerName, peerNames } from '../../bench/peers/catalog.js';
import { chooseWorkloads } from '../../bench/workloads.js';
import { emit, watched } from './output.js';
import { addWorkOptions, nameList, type WorkOptions } from './work.js';

interface PeersCommandOptions extends WorkOptions {
  readonly peers: readonly PeerName[];
  readonly python?: string;
}

export function addPeersCommand(bench: Command): void {
  const command = bench
    .command('peers')
    .description('Times Lockstep and other libraries on the same work, from the same weights, in interleaved rounds.');
  addPeerOptions(addWorkOptions(command))
    .addHelpText('after', '\nExample:\n  $ lockstep bench peers --workload mlp --peers torch,jax --out peers.json')
    .action(async ({ workload, ...options }: PeersCommandOptions) => {
      const [{ benchPeers }, { renderPeers }] = await Promise.all([
        import('../../bench/peers/peers.js'),
        import('../../bench/peers/render.js'),
      ]);
      const workloads = chooseWorkloads(workload);
      await emit(await watched((watch) => benchPeers({ ...options, workloads }, watch)), renderPeers, options);
    });
}

export function addPeerOptions(command: Command): Command {
  return command
    .option('--peers <list>', `some of ${peerNames.join(', ')}`, nameList(peerNames), [...peerNames])
    .option(
      '--python <path>',
      'the Python that has them; else LOCKSTEP_PEERS_PYTHON, else bench/peers/venv/bin/python',
    );
}
