// Numbers, sizes and times as people read them, in the browser's language.
import type { Point } from './api';

export const NONE = 'no data';

const SPACE = '\u00a0'; // keeps a number and its unit on one line
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const threeFigures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

type Known = number | null | undefined;

export function count(value: Known): string {
  return value == null ? NONE : whole.format(value);
}

export function rate(value: Known): string {
  return value == null ? NONE : (value < 10 ? oneDigit : whole).format(value);
}

// For the axes of charts, where there is little room.
export function short(value: number): string {
  return compact.format(value);
}

export function bytes(value: Known): string {
  if (value == null) return NONE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    ++unit;
  }
  return `${(unit === 0 ? whole : threeFigures).format(size)}${SPACE}${units[unit]}`;
}

export function byteRate(value: Known): string {
  return value == null ? NONE : `${bytes(value)}/s`;
}

export function seconds(value: Known): string {
  if (value == null) return NONE;
  if (value < 0.9995) return `${threeFigures.format(value * 1000)}${SPACE}ms`;
  if (value < 59.95) return `${threeFigures.format(value)}${SPACE}s`;
  return longTime(value);
}

// "3 d 4 h", "12 min 5 s": two units are enough.
export function longTime(value: number): string {
  const units: [string, number][] = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];
  let rest = Math.max(0, Math.round(value));
  const first = units.findIndex(([, size]) => rest >= size);
  if (first < 0) return `0${SPACE}s`;
  const said: string[] = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const times = Math.floor(rest / size);
    rest -= times * size;
    if (times > 0) said.push(`${whole.format(times)}${SPACE}${unit}`);
  }
  return said.join(' ');
}

export function clock(ms: number): string {
  return time.format(ms);
}

export function clockMinutes(ms: number): string {
  return minute.format(ms);
}

export function dateTime(ms: Known): string {
  return ms == null ? NONE : moment.format(ms);
}

export function legName(leg: string): string {
  return leg.replaceAll('_', ' ');
}

export const WHOLE_WAY = 'source_to_durable';

// The whole way of a record where the plugin knows it, else the part of it that every sink has.
export function latencyOf(point: Point): { leg: string; value: number | null } {
  const leg = point.latency_s[WHOLE_WAY] != null ? WHOLE_WAY : 'sluice_to_durable';
  return { leg, value: point.latency_s[leg] ?? null };
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0];
}
