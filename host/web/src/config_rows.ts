// A configuration as lines of a form, and back.
import type { Config } from './api';

// What stands for a secret that is not shown. Sent back, it keeps the secret.
export const MASK = '***';

export interface Row {
  key: string;
  value: string;
  long: boolean; // as it was loaded: a field that grew while it is typed in would lose the focus
}

const FIRST = ['name', 'connector.class'];

export function rowsOf(config: Config): Row[] {
  const rows = Object.entries(config).map(([key, value]) => ({ key, value, long: value.length > 80 || value.includes('\n') }));
  return rows.sort((a, b) => rank(a.key) - rank(b.key) || (a.key < b.key ? -1 : 1));
}

export function configOf(rows: Row[]): Config {
  return Object.fromEntries(rows.map((row) => [row.key, row.value]));
}

function rank(key: string): number {
  const place = FIRST.indexOf(key);
  return place < 0 ? FIRST.length : place;
}
