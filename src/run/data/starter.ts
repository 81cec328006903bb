/** What `init` was asked for. */
export interface StarterRequest {
  /** The field to predict; default: what the format takes for it. Several are separated by commas. */
  readonly label?: string;
}

/** The parts of a config that trains on some data at once, with the reasons that stand as comments beside them. */
export interface Starter {
  /** Comments at the top: what was found, and what should be looked at before one trusts it. One a line. */
  readonly about: readonly string[];
  /** The section `data`, without the path: `init` writes that, as the value of the format's key. */
  readonly data: readonly StarterEntry[];
  /** The layers of `model.layers`. */
  readonly layers: readonly StarterLayer[];
  readonly compile: readonly StarterEntry[];
  readonly fit: readonly StarterEntry[];
}

/** One key of a section. */
export interface StarterEntry {
  readonly key: string;
  /** A plain value; written in one line where it fits. */
  readonly value?: unknown;
  /** In place of a value: an absolute path, which is written as it is seen from the config. */
  readonly path?: string;
  /** In place of a value: the keys of a section of its own. */
  readonly entries?: readonly StarterEntry[];
  /** Why it says so: comments above it. One a line. */
  readonly why?: readonly string[];
}

/** A layer as a config writes it: `{ type: 'Dense', units: 64 }`. */
export interface StarterLayer {
  readonly layer: Readonly<Record<string, unknown>>;
  readonly why?: readonly string[];
}
