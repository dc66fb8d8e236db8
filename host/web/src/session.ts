// Who uses the page, and whether they may act. Only a state: `api.ts` asks the host and sets it.
import { createStore, useStore } from './store';

export interface Session {
  login: 'none' | 'cookie' | 'other';
  user: string;
  role: 'admin' | 'read';
  csrf: string;
}

export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'unreachable'; message: string }
  | { kind: 'out'; message: string }
  | { kind: 'in'; session: Session };

export const session = createStore<SessionState>({ kind: 'unknown' });

export function useMayAct(): boolean {
  const state = useStore(session);
  return state.kind === 'in' && state.session.role === 'admin';
}
