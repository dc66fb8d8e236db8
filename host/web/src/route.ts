// The part of the address behind `#`, and back. Names are percent-encoded: they may hold anything.
import { useEffect, useState } from 'preact/hooks';

export type Tab = 'status' | 'offsets' | 'config' | 'dead-letters' | 'log';

export type Route = { view: 'overview' } | { view: 'plugins' } | { view: 'connector'; name: string; tab: Tab } | { view: 'unknown' };

const TABS: readonly string[] = ['offsets', 'config', 'dead-letters', 'log'];

export function hrefOf(name: string, tab: Tab = 'status'): string {
  const connector = `#/connectors/${encodeURIComponent(name)}`;
  return tab === 'status' ? connector : `${connector}/${tab}`;
}

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, '').split('/');
  if (parts[0] === '') return { view: 'overview' };
  if (parts[0] === 'plugins' && parts.length === 1) return { view: 'plugins' };
  if (parts[0] !== 'connectors' || parts.length < 2 || parts.length > 3) return { view: 'unknown' };
  const name = decoded(parts[1]);
  const tab = parts[2] ?? 'status';
  if (!name || (tab !== 'status' && !TABS.includes(tab))) return { view: 'unknown' };
  return { view: 'connector', name, tab: tab as Tab };
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const follow = () => setHash(window.location.hash);
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return parseRoute(hash);
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
