import { plainText } from '../../../shared/plainText.js';

const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** What of a terminal it takes; `columns` is 0 where nobody knows them. */
export interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** A line at the bottom of a terminal that is drawn again in place, whatever happens to the terminal's width. */
export class StatusLine {
  readonly #terminal: Terminal;
  #render: ((width: number) => string) | null = null;
  #drawn = 0;
  readonly #onResize = (): void => this.#redraw();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.on('resize', this.#onResize);
  }

  /** Columns that a line may fill: the last ones stay free for the `^C` that a terminal echoes. */
  get width(): number {
    return Math.max(1, this.#columns - 3);
  }

  get #columns(): number {
    return this.#terminal.columns || 80;
  }

  /** Shows a line, rendered for the width of the moment. */
  show(render: (width: number) => string): void {
    this.#render = render;
    this.#redraw();
  }

  /** Takes the line away. */
  clear(): void {
    this.#render = null;
    this.#terminal.write(`${this.#toStart()}${CLEAR_BELOW}`);
    this.#drawn = 0;
  }

  /** Prints lines that stay, above the status line. */
  print(text: string): void {
    this.#terminal.write(`${this.#toStart()}${CLEAR_BELOW}${plainText(text)}\n`);
    this.#drawn = 0;
  }

  close(): void {
    this.clear();
    this.#terminal.off('resize', this.#onResize);
  }

  #redraw(): void {
    if (this.#render === null) return;
    const line = plainText(this.#render(this.width));
    this.#terminal.write(`${this.#toStart()}${line}${CLEAR_LINE_END}`);
    this.#drawn = line.length;
  }

  /** A line drawn in a wider terminal has been wrapped: go up to where it began, and clear what it left. */
  #toStart(): string {
    const extra = Math.max(0, Math.ceil(this.#drawn / this.#columns) - 1);
    return extra === 0 ? '\r' : `\r\x1b[${extra}A${CLEAR_BELOW}`;
  }
}
