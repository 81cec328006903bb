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
  | 'unary'
  | 'binary'
  | 'reduction'
  | 'flag';

export type ArgumentList = Readonly<Record<string, ArgumentKind>>;

/** What a kernel takes: its arguments by name, in the order of the native kernel's. */
export interface KernelDefinition<A extends ArgumentList> {
  readonly arguments: A;
}

/** One entry of the table. */
export function kernel<const A extends ArgumentList>(args: A): KernelDefinition<A> {
  return { arguments: args };
}

/** What kernels over channels share: positions a row, and channels at each. */
export const channelwise = { inner: 'size', channels: 'size' } as const;
