import { ConnectorActions } from '../components/connector_actions';
import { StateReport } from '../components/state_report';
import type { SeenConnector } from '../api';
import { live } from '../live';
import { hrefOf, type Tab } from '../route';
import { useMayAct } from '../session';
import { useStore } from '../store';
import { ConfigView } from './config';
import { DeadLettersView } from './dead_letters';
import { LogView } from './log';
import { OffsetsView } from './offsets';
import { StatusView } from './status';

const TABS: [Tab, string][] = [
  ['status', 'Status'],
  ['offsets', 'Offsets'],
  ['config', 'Configuration'],
  ['dead-letters', 'Dead letters'],
  ['log', 'Log'],
];

// What all pages of a connector have above them, and one of these pages.
export function ConnectorView({ name, tab }: { name: string; tab: Tab }) {
  const { overview } = useStore(live);
  const mayAct = useMayAct();
  const connector = overview?.connectors.find((one) => one.name === name);
  return (
    <>
      <h1>{name}</h1>
      {!overview && <p>Waiting for the first figures.</p>}
      {overview && !connector && (
        <p>
          There is no connector of this name, or no longer. <a href="#/">All connectors</a>
        </p>
      )}
      {connector && (
        <>
          <StateReport connector={connector} />
          {mayAct ? <ConnectorActions connector={connector} /> : <p class="faint">You may look only: the role of your login is read.</p>}
          <nav class="tabs" aria-label="Pages of this connector">
            {TABS.map(([one, title]) => (
              <a key={one} href={hrefOf(name, one)} aria-current={one === tab ? 'page' : undefined}>
                {title}
              </a>
            ))}
          </nav>
          <Page connector={connector} tab={tab} />
        </>
      )}
    </>
  );
}

function Page({ connector, tab }: { connector: SeenConnector; tab: Tab }) {
  if (tab === 'offsets') return <OffsetsView name={connector.name} state={connector.state} />;
  if (tab === 'config') return <ConfigView name={connector.name} />;
  if (tab === 'dead-letters') return <DeadLettersView name={connector.name} />;
  if (tab === 'log') return <LogView name={connector.name} />;
  return <StatusView connector={connector} />;
}
