import { bytes, clock, longTime } from '../format';
import { live } from '../live';
import { useStore } from '../store';
import { Fact } from './fact';

// Which process this is, and whether what it says is fresh.
export function WorkerLine() {
  const { overview, connected, heardAt } = useStore(live);
  if (!overview) return <p class="worker">{connected ? '' : 'Connecting to sluice ...'}</p>;
  const { worker } = overview;
  return (
    <>
      <dl class="worker">
        <Fact name="Worker" value={worker.id} />
        <Fact name="Version" value={worker.version} />
        <Fact name="Up for" value={longTime(Date.now() / 1000 - worker.started_ms / 1000)} />
        <Fact name="Memory" value={bytes(worker.resident_bytes)} />
        <Fact name="CPU time" value={longTime(worker.cpu_seconds)} />
        <Fact name="Figures" value={connected ? 'live' : 'old'} />
      </dl>
      {!connected && (
        <p class="banner">
          The connection to sluice is lost. All figures are as of {heardAt === null ? 'an unknown time' : clock(heardAt)}; the page connects again by itself.
        </p>
      )}
    </>
  );
}
