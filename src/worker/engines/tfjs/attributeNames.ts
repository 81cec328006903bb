import { tensorflowBackend } from './operations.js';

/**
 * tfjs-node keeps the names of the attributes that operations are given in a set of the process, without a lock: threads
 * that add to it at once crash the process now and then. Looking up is safe, so the first rank of the process adds all
 * names that the package and Lockstep give, alone, before any operation runs.
 */
export const attributeNames: readonly string[] = [
  ...['DstT', 'Index', 'N', 'SrcT', 'T', 'TI', 'T_threshold', 'Taxis', 'Tblock_shape', 'Tcomplex', 'Tcrops', 'Tidx'],
  ...['Tindices', 'Tlen', 'Tmultiples', 'Tnumsegments', 'Tout', 'Tpaddings', 'Tparams', 'Tperm', 'Truncate', 'Tshape'],
  ...['acceptable_fraction', 'adj_x', 'adj_y', 'align_corners', 'alpha', 'axis', 'batch_dims', 'begin_mask', 'beta'],
  ...['bias', 'block_size', 'channels', 'chroma_downsampling', 'compression', 'container', 'data_format', 'dct_method'],
  ...['density_unit', 'depth_radius', 'dilations', 'ellipsis_mask', 'end_mask', 'epsilon', 'equation', 'exclusive'],
  ...['explicit_paddings', 'extrapolation_value', 'fancy_upscaling', 'format', 'half_pixel_centers', 'index_type'],
  ...['is_training', 'keep_dims', 'ksize', 'method', 'mode', 'new_axis_mask', 'num', 'num_split', 'optimize_size'],
  ...['out_idx', 'output_dtype', 'output_type', 'pad_to_max_output_size', 'padding', 'pattern', 'progressive'],
  ...['quality', 'rates', 'ratio', 'replace_global', 'reverse', 'rewrite', 'seed', 'seed2', 'shared_name'],
  ...[
    'shrink_axis_mask',
    'sorted',
    'strides',
    'try_recover_truncated',
    'use_cudnn_on_gpu',
    'validate_indices',
    'x_density',
  ],
  ...['xmp_metadata', 'y_density', 'transpose_a', 'transpose_b', 'cell_clip', 'use_peephole'],
];

/** The type of no attribute: the binding keeps the name, then refuses the attribute before anything runs. */
const NO_TYPE = -1;

export function rememberAttributeNames(): void {
  const { binding } = tensorflowBackend();
  for (const name of attributeNames) {
    try {
      binding.executeOp('NoOp', [{ name, type: NO_TYPE, value: null }], [], 0);
    } catch {
      // As it should.
    }
  }
}
