// Light or dark: as the system has it, or as it was chosen here.
import { createStore } from './store';

export type Choice = 'auto' | 'light' | 'dark';

const KEY = 'sluice.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

// `shown` is what the choice comes to: for the style, and for what is drawn by script.
export const theme = createStore<{ choice: Choice; shown: 'light' | 'dark' }>({ choice: 'auto', shown: 'light' });

export function chooseTheme(choice: Choice): void {
  try {
    window.localStorage.setItem(KEY, choice);
  } catch {
    // Storage may be forbidden. Then the choice lives as long as the page.
  }
  apply(choice);
}

// The attribute comes first: who follows the store reads colours that depend on it.
function apply(choice: Choice): void {
  const shown = choice === 'dark' || (choice === 'auto' && system.matches) ? 'dark' : 'light';
  document.documentElement.dataset.theme = shown;
  theme.set({ choice, shown });
}

function stored(): Choice {
  try {
    const choice = window.localStorage.getItem(KEY);
    return choice === 'light' || choice === 'dark' ? choice : 'auto';
  } catch {
    return 'auto';
  }
}

apply(stored());
system.addEventListener('change', () => apply(theme.get().choice));
