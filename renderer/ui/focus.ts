const focusable = [
  'a[href]',
  'button:not(:disabled)',
  'input:not(:disabled)',
  'select:not(:disabled)',
  'textarea:not(:disabled)',
  '[tabindex]:not([tabindex="-1"])',
].join(',');

/** Where a dialog's focus starts: what asks for it, else the body's first control, else the footer's. */
export function firstFocus(dialog: HTMLElement): HTMLElement | null {
  return (
    dialog.querySelector<HTMLElement>('[data-autofocus]') ??
    dialog.querySelector('[data-dialog-body]')?.querySelector<HTMLElement>(focusable) ??
    dialog.querySelector('[data-dialog-footer]')?.querySelector<HTMLElement>(focusable) ??
    null
  );
}
