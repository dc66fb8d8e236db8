import type { State } from '../api';

interface Props {
  state: State;
  condition?: string; // what a running one waits for; empty: nothing
  hangs?: boolean;
}

type Tone = 'good' | 'warn' | 'bad' | 'calm';

// The word says it; shape and colour only help to find it.
export function StateBadge({ state, condition = '', hangs = false }: Props) {
  const { tone, word } = look(state, condition, hangs);
  return (
    <span class={`badge ${tone}`}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        <path d={ICONS[tone === 'calm' ? state : tone] ?? ICONS.calm} />
      </svg>
      {word}
    </span>
  );
}

function look(state: State, condition: string, hangs: boolean): { tone: Tone; word: string } {
  if (state === 'FAILED') return { tone: 'bad', word: state };
  if (hangs) return { tone: 'bad', word: `${state}, hangs` };
  if (state === 'RUNNING' && condition.startsWith('blocked')) return { tone: 'bad', word: `${state}, blocked` };
  if (state === 'RUNNING' && condition !== '') return { tone: 'warn', word: `${state}, waits` };
  if (state === 'RUNNING') return { tone: 'good', word: state };
  if (state === 'RESTARTING') return { tone: 'warn', word: state };
  return { tone: 'calm', word: state };
}

const ICONS: Record<string, string> = {
  good: 'M4 2l9 6-9 6z',
  warn: 'M8 1l7 13H1zM7 5v5h2V5zm0 6v2h2v-2z',
  bad: 'M3 1L1 3l5 5-5 5 2 2 5-5 5 5 2-2-5-5 5-5-2-2-5 5z',
  calm: 'M8 2a6 6 0 100 12A6 6 0 008 2z',
  PAUSED: 'M3 2h4v12H3zM9 2h4v12H9z',
  STOPPED: 'M3 3h10v10H3z',
};
