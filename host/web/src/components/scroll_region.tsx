import type { ComponentChildren } from 'preact';

// A table that is wider than the screen moves in a frame of its own, by keys too.
export function ScrollRegion({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
