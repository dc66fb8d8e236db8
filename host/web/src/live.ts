// The stream of overviews: what it said last, whether it still speaks, and the rates of the last minutes for the small curves.
import { announce } from './announce';
import { checkSession, url, type Overview } from './api';
import { createStore } from './store';

export interface Live {
  overview: Overview | null;
  connected: boolean;
  heardAt: number | null; // by this machine's clock; null: never
}

export interface Sample {
  at: number; // milliseconds since 1970
  value: number;
}

export const live = createStore<Live>({ overview: null, connected: false, heardAt: null });

const POINTS = 720; // of each connector: 12 minutes
// An event comes each second.
const QUIET_MS = 5_000;
// A connection can be dead without anybody saying so, after a laptop's sleep for instance.
const DEAD_MS = 20_000;
const AGAIN_MS = 3_000;

const rings = new Map<string, Sample[]>();

export function recentRates(name: string): readonly Sample[] {
  return rings.get(name) ?? [];
}

// Until the function that it returns is called.
export function startLive(): () => void {
  let source: EventSource | null = null;
  let openedAt = 0;
  let again: number | undefined;

  const open = () => {
    window.clearTimeout(again);
    source?.close();
    openedAt = Date.now();
    const opened = new EventSource(url('/sluice/v1/events'));
    source = opened;
    opened.addEventListener('overview', (event) => take(JSON.parse(event.data) as Overview));
    opened.addEventListener('error', () => {
      lose();
      // The browser connects again by itself, but not after an answer that was no stream: a 401, a 503, a proxy's error.
      if (opened.readyState !== EventSource.CLOSED) return;
      void checkSession();
      window.clearTimeout(again);
      again = window.setTimeout(open, AGAIN_MS);
    });
  };

  const watch = window.setInterval(() => {
    const quietMs = Date.now() - Math.max(live.get().heardAt ?? 0, openedAt);
    if (quietMs > QUIET_MS) lose();
    if (quietMs > DEAD_MS) open();
  }, 1_000);

  open();
  return () => {
    window.clearInterval(watch);
    window.clearTimeout(again);
    source?.close();
    live.set({ ...live.get(), connected: false });
  };
}

function take(overview: Overview): void {
  const before = live.get();
  remember(overview);
  live.set({ overview, connected: true, heardAt: Date.now() });
  for (const change of changes(before.overview, overview)) announce(change);
  if (before.connected || before.heardAt === null) return;
  announce('The connection is back.');
  // The host may have been started anew, with other sessions.
  void checkSession();
}

function lose(): void {
  const before = live.get();
  if (!before.connected) return;
  live.set({ ...before, connected: false });
  announce('The connection is lost. The figures are old until it is back.');
}

function remember(overview: Overview): void {
  const names = new Set(overview.connectors.map((connector) => connector.name));
  for (const name of [...rings.keys()]) if (!names.has(name)) rings.delete(name);
  for (const { name, now } of overview.connectors) {
    let ring = rings.get(name) ?? [];
    const last = ring.at(-1);
    if (now.at === 0 || last?.at === now.at) continue;
    // The host's clock was set back: what was before has no place beside what comes.
    if (last && last.at > now.at) ring = [];
    ring.push({ at: now.at, value: now.records_per_s });
    if (ring.length > POINTS) ring.shift();
    rings.set(name, ring);
  }
}

// One sentence for all, since the next announcement takes the place of the one before it.
function changes(before: Overview | null, after: Overview): string[] {
  if (!before) return [];
  const states = new Map(before.connectors.map((connector) => [connector.name, connector.state] as const));
  const changed = after.connectors.filter(({ name, state }) => states.has(name) && states.get(name) !== state);
  if (changed.length === 0) return [];
  const said = changed.slice(0, 5).map(({ name, state }) => `${name} is ${state}`);
  if (changed.length > said.length) said.push(`and ${changed.length - said.length} more have changed`);
  return [said.join(', ')];
}
