import { useId } from 'preact/hooks';
import { useStore } from '../store';
import { chooseTheme, theme, type Choice } from '../theme';

export function ThemeChoice() {
  const { choice } = useStore(theme);
  const id = useId();
  return (
    <span class="choice">
      <label for={id}>Colours</label>
      <select id={id} value={choice} onChange={(event) => chooseTheme(event.currentTarget.value as Choice)}>
        <option value="auto">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </span>
  );
}
