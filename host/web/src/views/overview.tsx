import type { SeenConnector } from '../api';
import { Table } from '../components/table';
import { Sparkline } from '../components/sparkline';
import { StateBadge } from '../components/state_badge';
import { NONE, byteRate, count, firstLine, latencyOf, legName, rate, seconds } from '../format';
import { live, recentRates } from '../live';
import { hrefOf } from '../route';
import { useStore } from '../store';

export function OverviewView() {
  const { overview } = useStore(live);
  return (
    <>
      <h1>Connectors</h1>
      {!overview && <p>Waiting for the first figures.</p>}
      {overview?.connectors.length === 0 && <p>There are no connectors yet. They come from files, or from POST /connectors.</p>}
      {overview && overview.connectors.length > 0 && (
        <Table
          label="All connectors"
          caption="Each connector with its state and what it does now"
          columns={['Connector', 'State', 'Records/s', 'Last minutes', 'Bytes/s', 'Lag', 'Latency', 'Tasks running', 'Dead letters']}
          firstStays
        >
          {overview.connectors.map((connector) => (
            <Row key={connector.name} connector={connector} />
          ))}
        </Table>
      )}
    </>
  );
}

function Row({ connector }: { connector: SeenConnector }) {
  const { name, state, condition, trace, tasks, now, dead_letters: letters } = connector;
  const known = now.at !== 0;
  const latency = latencyOf(now);
  const why = condition || firstLine(trace);
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf(name)}>{name}</a>
      </th>
      <td>
        <StateBadge state={state} condition={condition} />
        {why !== '' && <p class="why">{why}</p>}
      </td>
      <td class="number">{known ? rate(now.records_per_s) : NONE}</td>
      <td>
        <Sparkline samples={recentRates(name)} />
      </td>
      <td class="number">{known ? byteRate(now.bytes_per_s) : NONE}</td>
      {/* Without a task nobody reads, so nobody knows. */}
      <td class="number">{known && tasks.length > 0 ? count(now.lag) : NONE}</td>
      <td class="number">
        {seconds(latency.value)}
        {latency.value !== null && <span class="leg">{legName(latency.leg)}</span>}
      </td>
      <td class="number">
        {count(tasks.filter((task) => task.state === 'RUNNING').length)}/{count(tasks.length)}
      </td>
      <td class="number">{letters > 0 ? <a href={hrefOf(name, 'dead-letters')}>{count(letters)}</a> : count(letters)}</td>
    </tr>
  );
}
