// Every request of the page, with what goes in and what comes out. The host's openapi.json describes the same.
import { session, type Session } from './session';

export type State = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING' | 'UNASSIGNED';

// Means over the time since the point before it. null: did not happen, so it has no time.
export interface Point {
  at: number; // milliseconds since 1970; 0: nothing is known yet
  lag: number | null;
  records_per_s: number;
  bytes_per_s: number;
  failures_per_s: number;
  put_s: number | null;
  latency_s: Record<string, number | null>;
}

export interface LiveConnector {
  name: string;
  plugin: string;
  version: string;
  state: State;
  condition: string;
  trace: string;
  records_rejected: number;
  dead_letters: number;
  now: Point;
}

export interface SeenConnector extends LiveConnector {
  tasks: { id: number; state: State }[];
}

export interface Worker {
  id: string;
  version: string;
  started_ms: number;
  resident_bytes: number;
  cpu_seconds: number;
}

export interface Overview {
  worker: Worker;
  connectors: SeenConnector[];
}

export interface Partition {
  topic: string;
  partition: number;
  position: number | null;
  end: number | null;
  lag: number | null;
}

export interface Task {
  id: number;
  state: State;
  condition: string;
  trace: string;
  hangs: boolean;
  records_read: number;
  bytes_read: number;
  records_sent: number;
  records_written: number;
  records_rejected: number;
  records_active: number;
  dead_letters: number;
  failures: Record<string, number>;
  last_error_ms: number | null;
  partitions: Partition[];
}

export interface Detail extends LiveConnector {
  worker_id: string;
  tasks: Task[];
}

export type Span = 'minutes' | 'hours';

export interface History {
  every_ms: number;
  points: Point[];
}

export type Config = Record<string, string>;

export interface Plugin {
  class: string;
  type: string;
  version: string;
}

export interface Setting {
  name: string;
  type: string;
  required: boolean;
  default_value: string | null;
  importance: string;
  documentation: string;
  group: string | null;
  display_name: string;
}

export interface Validation {
  name: string;
  error_count: number;
  groups: string[];
  configs: {
    definition: Setting | null; // null: not a setting that the host knows
    value: { name: string; value: string | null; recommended_values: string[]; errors: string[]; visible: boolean };
  }[];
}

export interface PartitionOffset {
  partition: { kafka_topic: string; kafka_partition: number };
  offset: { kafka_offset: number };
}

export type NewOffset = 'earliest' | 'latest' | { kafka_offset: number } | { timestamp: number };

export interface OffsetChange {
  partition: { kafka_topic: string; kafka_partition: number };
  offset: NewOffset;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  number: number;
  time_ms: number;
  level: string;
  task?: number;
  message: string;
}

export interface Log {
  last: number;
  lines: LogLine[];
}

export interface LetterLine {
  letter: string;
  origin: string | null;
  timestamp_ms: number;
  code: string;
  column: string;
  reason: string;
}

export interface Letters {
  topic: string;
  letters: LetterLine[]; // the newest first
  more: boolean;
  remarks?: string[];
}

export interface Letter extends LetterLine {
  headers: [string, string | null][];
  key: string | null;
  value: string | null;
}

export interface Replay {
  letters: { letter: string; origin: string | null; fate: string; why: string }[];
  message: string; // why it stopped early; empty: it did not
  remarks?: string[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Target = 'pause' | 'resume' | 'stop';

export class ApiError extends Error {
  readonly status: number; // 0: no answer at all
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Behind a proxy the page may be at /somewhere/ui; everything else is beside it.
const root = window.location.pathname.replace(/\/(ui(\/.*)?)?$/, '');

export function url(path: string): string {
  return root + path;
}

const SESSION = '/sluice/v1/session';
const ENDED = 'The session has ended. Log in again.';

// The answer of a host that has no logins for the page.
const EVERYBODY: Session = { login: 'none', user: '', role: 'admin', csrf: '' };

// What the host says about the session. Where it says nothing, somebody who is in stays in: the figures say that they are old.
export async function checkSession(): Promise<void> {
  try {
    session.set({ kind: 'in', session: await ask<Session>('GET', SESSION) });
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    const before = session.get();
    if (status === 404) session.set({ kind: 'in', session: EVERYBODY });
    else if (status === 401) session.set(before.kind === 'out' ? before : { kind: 'out', message: before.kind === 'in' ? ENDED : '' });
    else if (before.kind !== 'in') session.set({ kind: 'unreachable', message: messageOf(error) });
  }
}

// Without a user it is a token. The host answers with a cookie, which this script never sees.
export async function logIn(user: string, secret: string): Promise<void> {
  const login = user === '' ? `Bearer ${secret}` : `Basic ${base64(`${user}:${secret}`)}`;
  session.set({ kind: 'in', session: await ask<Session>('POST', SESSION, undefined, login) });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export async function logOut(): Promise<void> {
  try {
    await ask<void>('DELETE', SESSION);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error; // else it had ended already
  }
  session.set({ kind: 'out', message: 'You have logged out.' });
}

export const getDetail = (name: string) => ask<Detail>('GET', live(name));
export const getHistory = (name: string, span: Span) => ask<History>('GET', `${live(name)}/history?span=${span}`);

export const setTarget = (name: string, target: Target) => ask<void>('PUT', `${connector(name)}/${target}`);
export const restart = (name: string, onlyFailed: boolean) =>
  ask<unknown>('POST', `${connector(name)}/restart?includeTasks=true&onlyFailed=${onlyFailed}`);

export const getConfig = (name: string) => ask<Config>('GET', `${connector(name)}/config`);
export const putConfig = (name: string, config: Config) => ask<{ config: Config }>('PUT', `${connector(name)}/config`, config);

export const getOffsets = (name: string) => ask<{ offsets: PartitionOffset[] }>('GET', `${connector(name)}/offsets`);
export const patchOffsets = (name: string, offsets: OffsetChange[]) => ask<{ message: string }>('PATCH', `${connector(name)}/offsets`, { offsets });
export const deleteOffsets = (name: string) => ask<{ message: string }>('DELETE', `${connector(name)}/offsets`);

export const getPlugins = () => ask<Plugin[]>('GET', '/connector-plugins');
export const getSettings = (plugin: string) => ask<Setting[]>('GET', `/connector-plugins/${encodeURIComponent(plugin)}/config`);
export const validate = (plugin: string, config: Config) =>
  ask<Validation>('PUT', `/connector-plugins/${encodeURIComponent(plugin)}/config/validate`, config);

export const getLog = (name: string, level: LogLevel) =>
  ask<Log>('GET', `/sluice/v1/logs?connector=${encodeURIComponent(name)}&level=${level}&limit=200`);

export const getLetters = (name: string, limit: number) => ask<Letters>('GET', `${live(name)}/dead-letters?limit=${limit}`);
export const getLetter = (name: string, letter: string) => ask<Letter>('GET', `${live(name)}/dead-letters/${encodeURIComponent(letter)}`);
// No letters: all of them.
export const replay = (name: string, letters: string[], dry: boolean) =>
  ask<Replay>('POST', `${live(name)}/dead-letters/replay`, { letters, dry_run: dry });

function connector(name: string): string {
  return `/connectors/${encodeURIComponent(name)}`;
}

function live(name: string): string {
  return `/sluice/v1/connectors/${encodeURIComponent(name)}`;
}

async function ask<T>(method: Method, path: string, body?: unknown, login?: string, again = true): Promise<T> {
  // X-Requested-With: there is a form for who has to log in, so that the browser need not ask.
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Requested-With': 'sluice' };
  const state = session.get();
  if (method !== 'GET' && state.kind === 'in') headers['X-CSRF-Token'] = state.session.csrf;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (login !== undefined) headers['Authorization'] = login;

  const { status, ok, text } = await send(url(path), {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'same-origin',
    cache: 'no-store',
  });
  if (status === 403 && again && state.kind === 'in' && (await isOld(state.session.csrf))) return ask(method, path, body, login, false);
  // A 401 of the session itself is an answer, and a wrong password; any other means that the session has ended.
  if (status === 401 && path !== SESSION) session.set({ kind: 'out', message: ENDED });
  if (!ok) throw new ApiError(status, refusalOf(text) ?? `sluice answered ${status} without saying why.`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

// Somebody has logged in anew in another tab, whose cookie this one has, too.
async function isOld(csrf: string): Promise<boolean> {
  if (csrf === '') return false;
  await checkSession();
  const state = session.get();
  return state.kind === 'in' && state.session.csrf !== csrf;
}

async function send(address: string, request: RequestInit): Promise<{ status: number; ok: boolean; text: string }> {
  try {
    const response = await fetch(address, request);
    return { status: response.status, ok: response.ok, text: await response.text() };
  } catch {
    throw new ApiError(0, request.method === 'GET' ? 'sluice does not answer.' : 'sluice does not answer. Whether it got the request is not known.');
  }
}

// Of {"error_code", "message"}. Something in between, a proxy for instance, may have answered in another form.
function refusalOf(text: string): string | null {
  try {
    const refusal: unknown = JSON.parse(text);
    if (typeof refusal !== 'object' || refusal === null || !('message' in refusal)) return null;
    return typeof refusal.message === 'string' && refusal.message !== '' ? refusal.message : null;
  } catch {
    return null;
  }
}
