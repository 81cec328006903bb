/** How an argument of a kernel is to be read; see the kernel table. */
export type ArgumentKind =
  | 'rows'
  | 'rows?'
  | 'parameter'
  | 'parameter?'
  | 'sum'
  | 'size'
  | 'count'
  | 'number'
  | 'activation'
  | 'inputActivation'
  | 'loss'
  | 'flag';

export type ArgumentList = Readonly<Record<string, ArgumentKind>>;

/** What a kernel takes, and how large its records are. */
export interface KernelDefinition<A extends ArgumentList> {
  readonly arguments: A;
  readonly records: (a: { readonly [K in keyof A]: number }) => { readonly [K in keyof A]?: number };
}

/** One entry of the table. */
export function kernel<const A extends ArgumentList>(
  args: A,
  records: (a: { readonly [K in keyof A]: number }) => { readonly [K in keyof A]?: number },
): KernelDefinition<A> {
  return { arguments: args, records };
}

/** What kernels over channels share: positions a row, and channels at each. */
export const channelwise = { inner: 'size', channels: 'size' } as const;
