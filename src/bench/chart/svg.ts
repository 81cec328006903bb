/** Attributes of an element; numbers are rounded to a hundredth of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element with its children, which are elements already. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const open = `<${name}${written.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, [escaped(content)]);
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

export function polyline(points: readonly (readonly [number, number])[], attributes: Attributes): string {
  const path = points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' ');
  return element('polyline', { points: path, fill: 'none', ...attributes });
}

/** A whole picture on a light background, readable without the page it stands on. */
export function picture(width: number, height: number, title: string, children: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': 'system-ui, Helvetica, Arial, DejaVu Sans, sans-serif',
    'font-size': 12,
  };
  const ground = element('rect', { width, height, fill: '#ffffff' });
  return `${element('svg', attributes, [element('title', {}, [escaped(title)]), ground, ...children])}\n`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(value: string | number): string {
  return typeof value === 'number' ? `${rounded(value)}` : escaped(value).replaceAll('"', '&quot;');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
