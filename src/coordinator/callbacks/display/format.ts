/** Numbers in words for people. */

/** A loss or metric: four decimals, or three digits and an exponent when it is very small or large. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 10_000) ? value.toExponential(2) : value.toFixed(4);
}

/** `1,437`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 epoch`, `1,350 steps`. */
export function formatThings(count: number, name: string): string {
  return `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`;
}

/** The engine, and why it was taken where that is for the user to know: when it is not the fastest one. */
export function formatEngine(engine: string, reason: string): string {
  return engine === 'native' ? `engine ${engine}` : `engine ${engine} (${reason})`;
}

/** `950`, `12.3k`, `4.5M`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 999_500) return `${(perSecond / 1e6).toFixed(1)}M`;
  if (perSecond >= 1000) return `${(perSecond / 1e3).toFixed(1)}k`;
  return perSecond.toFixed(0);
}

/** `12 ms`, `4.2 s`, `1:05`, `2:03:04`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return formatClock(seconds);
}

/** `0:07`, `1:05`, `2:03:04`. */
export function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/** `640 B`, `12.5 KiB`, `3.1 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `loss 0.1234`, one a value. */
export function formatLogs(logs: Readonly<Record<string, number>>): string[] {
  return Object.entries(logs).map(([name, value]) => `${name} ${formatValue(value)}`);
}
