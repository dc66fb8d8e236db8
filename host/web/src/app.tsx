import { useEffect, useRef } from 'preact/hooks';
import { checkSession, logOut } from './api';
import { Announcer } from './components/announcer';
import { Button } from './components/button';
import { Problem } from './components/problem';
import { ThemeChoice } from './components/theme_choice';
import { WorkerLine } from './components/worker_line';
import { startLive } from './live';
import { useRoute, type Route } from './route';
import { session, type Session, type SessionState } from './session';
import { useStore } from './store';
import { useAction } from './use_action';
import { ConnectorView } from './views/connector';
import { Login } from './views/login';
import { OverviewView } from './views/overview';
import { PluginsView } from './views/plugins';

const AGAIN_MS = 3_000;

export function App() {
  const state = useStore(session);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isIn = state.kind === 'in';

  useEffect(() => {
    void checkSession();
  }, []);
  useEffect(() => {
    if (state.kind !== 'unreachable') return;
    const timer = window.setTimeout(() => void checkSession(), AGAIN_MS);
    return () => window.clearTimeout(timer);
  }, [state]);
  useEffect(() => (isIn ? startLive() : undefined), [isIn]);
  useArrival(route, main);

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The part behind `#` is the route and not to be changed.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header>
        <div class="bar">
          <p class="brand">sluice</p>
          {isIn && (
            <nav aria-label="Main">
              <a href="#/" aria-current={route.view === 'overview' ? 'page' : undefined}>
                Connectors
              </a>
              <a href="#/plugins" aria-current={route.view === 'plugins' ? 'page' : undefined}>
                Plugins
              </a>
            </nav>
          )}
          <ThemeChoice />
          {isIn && <User session={state.session} />}
        </div>
        {isIn && <WorkerLine />}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Content state={state} route={route} />
      </main>
      <Announcer />
    </>
  );
}

function Content({ state, route }: { state: SessionState; route: Route }) {
  if (state.kind === 'unknown') return <h1>Connecting to sluice ...</h1>;
  if (state.kind === 'unreachable')
    return (
      <>
        <h1>No connection</h1>
        <p>{state.message} It is tried again every few seconds.</p>
      </>
    );
  if (state.kind === 'out') return <Login reason={state.message} />;
  if (route.view === 'overview') return <OverviewView />;
  if (route.view === 'plugins') return <PluginsView />;
  // The key: what was typed for one connector is not shown for another.
  if (route.view === 'connector') return <ConnectorView key={route.name} name={route.name} tab={route.tab} />;
  return (
    <>
      <h1>No such page</h1>
      <p>
        <a href="#/">All connectors</a>
      </p>
    </>
  );
}

function User({ session }: { session: Session }) {
  const action = useAction();
  return (
    <div class="user">
      {session.user !== '' && <span>{session.user}</span>}
      {session.role === 'read' && <span class="badge calm">read only</span>}
      {session.login === 'cookie' && (
        <Button off={action.busy} onClick={() => void action.run(logOut)}>
          Log out
        </Button>
      )}
      <Problem message={action.problem} />
    </div>
  );
}

// A new page has a title, and the focus at its beginning, as if it had been loaded.
function useArrival(route: Route, main: { current: HTMLElement | null }): void {
  const where = route.view === 'connector' ? `${route.name}, ${route.tab}` : route.view;
  const arrived = useRef(where);
  useEffect(() => {
    document.title = `${where} - sluice`;
    if (arrived.current === where) return;
    arrived.current = where;
    main.current?.focus();
    window.scrollTo(0, 0);
  }, [where]);
}
