import type { SeenConnector } from '../api';
import { StateBadge } from './state_badge';

// What the connector is doing, and where it needs somebody, all that is known: the host's texts say what to do.
export function StateReport({ connector }: { connector: SeenConnector }) {
  const { state, condition, trace, plugin, version } = connector;
  return (
    <div class="report">
      <p>
        <StateBadge state={state} condition={condition} /> <span class="faint">{plugin === '' ? 'plugin not known' : `${plugin} ${version}`}</span>
      </p>
      {condition !== '' && <pre class="trace">{condition}</pre>}
      {trace !== '' && <pre class="trace">{trace}</pre>}
    </div>
  );
}
