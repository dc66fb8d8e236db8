// What a screen reader says of changes that are rare enough to be said. Figures are not: they change each second.
import { createStore } from './store';

export const announcement = createStore('');

export function announce(text: string): void {
  // The same text twice would be no change, and nobody would hear it.
  announcement.set(text === announcement.get() ? `${text}\u00a0` : text);
}
