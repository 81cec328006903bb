/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[];

/** HTML with its values escaped, but for those that are HTML. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.reduce((text, piece, i) => text + rendered(parts[i - 1]) + piece));
}

function rendered(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** Plain data within a script: no text in it can end the script. */
export function scriptData(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/</g, '\\u003c'));
}

type Cell = string | number | Html;

/** A table of one header row, whose first column names its rows. Columns of numbers stand right. */
export function table(caption: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const isNumeric = header.map((_, column) => rows.length > 0 && rows.every((cells) => isNumber(cells[column])));
  const looks = isNumeric.map((numeric, column) => new Html(numeric && column > 0 ? ' class="number"' : ''));
  const head = header.map((title, i) =>
    title === '' ? html`<td></td>` : html`<th scope="col"${looks[i]}>${title}</th>`,
  );
  const body = rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell, i) => html`<td${looks[i + 1]}>${cell}</td>`)}</tr>`,
  );
  // A table that is wider than the page is scrolled, by keys too.
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Digits, a percentage, or the dash that stands for nothing. */
function isNumber(cell: Cell): boolean {
  return /^([-−]?[\d.,]+(e[-+]?\d+)?( ?%)?|–)$/.test(String(cell instanceof Html ? 0 : cell));
}
