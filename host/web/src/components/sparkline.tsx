import { NONE, longTime, rate } from '../format';
import type { Sample } from '../live';

const WIDTH = 120;
const HEIGHT = 28;
const GAP_MS = 5_000; // longer than this without an event is not drawn as if it were known

// The records a second of the last minutes, in one stroke.
export function Sparkline({ samples }: { samples: readonly Sample[] }) {
  if (samples.length < 2) return <span class="faint">{NONE}</span>;
  const values = samples.map((sample) => sample.value);
  const most = Math.max(...values);
  const spanMs = samples[samples.length - 1].at - samples[0].at;
  const label = `between ${rate(Math.min(...values))} and ${rate(most)} records/s in ${longTime(spanMs / 1000)}`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={pathOf(samples, most)} />
    </svg>
  );
}

// At most one point for each unit of width: the highest of those that fall together, so that no peak is lost.
function pathOf(samples: readonly Sample[], most: number): string {
  const step = Math.ceil(samples.length / WIDTH);
  const first = samples[0].at;
  const span = samples[samples.length - 1].at - first;
  let path = '';
  let before = -Infinity;
  for (let from = 0; from < samples.length; from += step) {
    const group = samples.slice(from, from + step);
    const { at } = group[group.length - 1];
    const value = Math.max(...group.map((sample) => sample.value));
    const x = ((at - first) / span) * WIDTH;
    const y = HEIGHT - 1 - (most > 0 ? value / most : 0) * (HEIGHT - 2);
    path += `${at - before > GAP_MS + step * 1000 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    before = at;
  }
  return path;
}
