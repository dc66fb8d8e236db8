import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button';

interface Props {
  title: string;
  onClose: () => void;
  closeLabel?: string;
  wide?: boolean;
  actions?: ComponentChildren; // buttons beside the one that closes
  children: ComponentChildren;
}

// Open as long as it is drawn. The focus goes back to where it was.
export function Dialog({ title, onClose, closeLabel = 'Close', wide = false, actions, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    // Escape closes it by way of the state, and a browser that closes it all the same is followed.
    const cancel = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    const closed = () => close.current();
    element.addEventListener('cancel', cancel);
    element.addEventListener('close', closed);
    element.showModal();
    return () => {
      element.removeEventListener('cancel', cancel);
      element.removeEventListener('close', closed);
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    <dialog ref={dialog} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={titleId}>
      <h2 id={titleId}>{title}</h2>
      {children}
      <div class="buttons">
        <Button onClick={onClose}>{closeLabel}</Button>
        {actions}
      </div>
    </dialog>
  );
}
