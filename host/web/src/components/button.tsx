import type { ComponentChildren } from 'preact';

interface Props {
  onClick: () => void;
  kind?: 'plain' | 'main' | 'danger';
  off?: boolean;
  label?: string; // where the text alone does not say what it acts on
  children: ComponentChildren;
}

// One that is off keeps the focus: who has just pressed it is not thrown back to the beginning of the page.
export function Button({ onClick, kind = 'plain', off = false, label, children }: Props) {
  return (
    <button type="button" class={`button ${kind}`} aria-disabled={off} aria-label={label} onClick={() => !off && onClick()}>
      {children}
    </button>
  );
}
